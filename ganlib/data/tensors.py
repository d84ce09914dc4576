"""Files of tensors in safetensors, which run no code when they are opened: written whole, with the user's own mode."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from ganlib.data.disk import write_whole

__all__ = ["SafetensorError", "read", "write"]


def write(path: Path, tensors: dict[str, torch.Tensor], metadata: dict[str, str] | None = None) -> None:
    """Write or replace a file of contiguous tensors and texts; an older one stays until the new one is whole.

    Raises:
        OSError: if it cannot be written.
    """
    write_whole(path, save({name: tensor.cpu().contiguous() for name, tensor in tensors.items()}, metadata))


def read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Return a file's tensors and texts; its path may be one that is no UTF-8, which safetensors would not open.

    Raises:
        OSError: if it cannot be read.
        SafetensorError: if it is damaged, or something else.
    """
    content = path.read_bytes()
    tensors = load(content)  # this checks the header
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return tensors, header.get("__metadata__", {})
