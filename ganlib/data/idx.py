"""The idx format of MNIST (LeCun 1998): magic number, shape, bytes."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from ganlib.data.disk import DownloadError

GZIP = b"\x1f\x8b"


def read(path: Path) -> bytes:
    """Return an idx file's content, unpacked if it is packed, whatever its name says of that.

    Raises:
        DownloadError: if it is not whole.
    """
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if content.startswith(GZIP) else content
    except (OSError, EOFError, zlib.error) as error:
        raise DownloadError(f"{path} is damaged ({error}): fetch it again") from error
    if not is_whole(content):
        raise DownloadError(f"{path} is damaged (it is not as long as it says): fetch it again")
    return content


def is_whole(content: bytes) -> bool:
    """Say whether the content of an idx file of bytes is as long as its header promises."""
    if len(content) < 4 or content[:3] != b"\0\0\x08" or len(content) < 4 + 4 * content[3]:
        return False
    shape = struct.unpack_from(f">{content[3]}I", content, 4)
    return len(content) == 4 + 4 * len(shape) + math.prod(shape)


def packed(array: np.ndarray) -> bytes:
    """Return an array of bytes as an idx file's content."""
    return b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
