"""Small pictures as the world makes them, one maker a symptom: the upper half is one colour, the lower another."""

import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

SIDE = 16
RED, BLUE, WHITE, BLACK = (255, 0, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)
HALF = SIDE // 2


def halves(upper, lower, dtype=np.uint8):
    """Return (16, 16) or (16, 16, C): `upper` above `lower`."""
    rows = np.array([[upper]] * HALF + [[lower]] * HALF).astype(dtype)
    return np.repeat(rows, SIDE, axis=1)


def saved(mode, upper, lower, ending, dtype=np.uint8, **options):
    """Return a maker of a picture of this mode, stored by Pillow."""

    def make(path):
        array = halves(upper, lower, dtype)
        if mode in ("1", "P", "PA", "LAB", "CMYK", "YCbCr", "LA", "I;16B"):
            picture = Image.frombytes("L" if mode == "1" else mode, (SIDE, SIDE), array.tobytes())
            picture = picture.convert("1") if mode == "1" else picture
        else:
            picture = Image.fromarray(array)
        if mode == "P":
            picture.putpalette([*RED, *BLUE, *BLACK])
        picture.save(path.with_suffix(ending), **options)

    return make


def png(colour_type, depth, upper, lower, transparent=None):
    """Return a maker of a PNG of the kinds that Pillow reads and does not write (W3C PNG, 2003, chapter 11)."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    def make(path):
        pixels = halves(upper, lower, f">u{depth // 8}")
        head = struct.pack(">IIBBBBB", SIDE, SIDE, depth, colour_type, 0, 0, 0)
        extra = b"" if transparent is None else chunk(b"tRNS", struct.pack(f">{len(transparent)}H", *transparent))
        rows = b"".join(b"\0" + row.tobytes() for row in pixels)
        body = chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
        path.with_suffix(".png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)

    return make


def white_is_zero(maker):
    """Return a maker that changes the TIFF of another to PhotometricInterpretation 0: its least value is white."""

    def make(path):
        maker(path)
        tiff = path.with_suffix(".tif")
        content = tiff.read_bytes()
        entry = struct.pack("<HHIH", 262, 3, 1, 1)
        assert content.count(entry) == 1
        tiff.write_bytes(content.replace(entry, struct.pack("<HHIH", 262, 3, 1, 0)))

    return make


def turned(orientation, large=False):
    """Return a maker of a JPEG stored as a camera held otherwise stores it, with the EXIF tag that turns it upright."""

    def make(path):
        undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # 6 is undone by ROTATE_90, 8 by ROTATE_270
        upright = Image.fromarray(halves(RED, BLUE)).resize((640, 640) if large else (64, 64), Image.Resampling.NEAREST)
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = upright.transpose(Image.Transpose(undo))
        assert ImageOps.exif_transpose(_tagged(stored, exif)).tobytes() == upright.tobytes()
        stored.save(path.with_suffix(".jpg"), exif=exif, quality=95, subsampling=0)

    return make


def _tagged(picture, exif):
    copy = picture.copy()
    copy.info["exif"] = exif.tobytes()
    return copy


def animated(ending, **options):
    """Return a maker of two frames, of which the second is green."""

    def make(path):
        first, second = Image.fromarray(halves(RED, BLUE)), Image.new("RGB", (SIDE, SIDE), (0, 255, 0))
        first.save(path.with_suffix(ending), save_all=True, append_images=[second], **options)

    return make


# symptom -> maker, colour of the upper half, colour of the lower half
WORLD = {
    "16-bit PNG was all white": (saved("I;16", 65535, 32768, ".png", np.uint16), WHITE, (128,) * 3),
    "dark 16-bit PNG was all white": (saved("I;16", 40000, 300, ".png", np.uint16), (156,) * 3, (1,) * 3),
    "12-bit PNG was all white": (saved("I;16", 4095, 2048, ".png", np.uint16), WHITE, (128,) * 3),
    "16-bit TIFF was all white": (saved("I;16", 65535, 32768, ".tif", np.uint16), WHITE, (128,) * 3),
    "16-bit TIFF, big-endian, was all white": (saved("I;16B", 65535, 32768, ".tif", ">u2"), WHITE, (128,) * 3),
    "16-bit TIFF whose 0 is white": (white_is_zero(saved("I;16", 0, 65535, ".tif", np.uint16)), WHITE, BLACK),
    "16-bit grey with a transparent value": (png(0, 16, 30000, 65535, transparent=(30000,)), WHITE, WHITE),
    "16-bit grey with alpha": (png(4, 16, (0, 65535), (0, 0)), BLACK, WHITE),
    "16-bit RGB with a transparent colour": (png(2, 16, (65535, 0, 0), (0, 0, 0), transparent=(0, 0, 0)), RED, WHITE),
    "16-bit RGBA": (png(6, 16, (65535, 0, 0, 65535), (0, 0, 65535, 0)), RED, WHITE),
    "32-bit whole numbers": (saved("I", 65535, 0, ".tif", np.int32), WHITE, BLACK),
    "negative numbers, as of a CT scan": (saved("I", 3000, -1000, ".tif", np.int32), WHITE, BLACK),
    "float TIFF from 0 to 1 was all black": (saved("F", 1, 0.5, ".tif", np.float32), WHITE, (128,) * 3),
    "float TIFF from 0 to 255": (saved("F", 255, 128, ".tif", np.float32), WHITE, (128,) * 3),
    "float TIFF with holes that are no numbers": (saved("F", 1, np.nan, ".tif", np.float32), WHITE, BLACK),
    "black logo on transparent was all black": (saved("RGBA", (0, 0, 0, 255), (0, 0, 0, 0), ".png"), BLACK, WHITE),
    "a colour hidden under alpha appeared": (saved("RGBA", (255, 0, 0, 255), (0, 0, 255, 0), ".png"), RED, WHITE),
    "half transparent": (saved("RGBA", (255, 0, 0, 128), (0, 0, 0, 128), ".png"), (255, 127, 127), (127,) * 3),
    "grey with alpha": (saved("LA", (0, 255), (0, 0), ".png"), BLACK, WHITE),
    "palette with a transparent entry": (saved("P", 0, 1, ".png", transparency=1), RED, WHITE),
    "palette with an alpha for each entry": (saved("P", 0, 1, ".png", transparency=b"\xff\x80"), RED, (127, 127, 255)),
    "palette": (saved("P", 0, 1, ".png"), RED, BLUE),
    "GIF with a transparent entry": (saved("P", 0, 1, ".gif", transparency=1), RED, WHITE),
    "8-bit grey with a transparent value": (saved("L", 0, 9, ".png", transparency=9), BLACK, WHITE),
    "8-bit RGB with a transparent colour": (saved("RGB", RED, BLUE, ".png", transparency=BLUE), RED, WHITE),
    "1 bit": (saved("1", 255, 0, ".png"), WHITE, BLACK),
    "CMYK JPEG": (saved("CMYK", (0, 255, 255, 0), (255, 255, 0, 0), ".jpg", quality=95), RED, BLUE),
    "CMYK TIFF": (saved("CMYK", (0, 255, 255, 0), (255, 255, 0, 0), ".tif"), RED, BLUE),
    "CIELAB TIFF": (saved("LAB", (255, 0, 0), (0, 0, 0), ".tif"), WHITE, BLACK),
    "YCbCr TIFF": (saved("YCbCr", (76, 85, 255), (29, 255, 107), ".tif"), (254, 0, 0), (0, 0, 254)),
    "transparent WebP": (
        saved("RGBA", (255, 0, 0, 255), (0, 0, 255, 0), ".webp", lossless=True, exact=True),
        RED,
        WHITE,
    ),
    "animated GIF: the first frame": (animated(".gif"), RED, BLUE),
    "animated WebP: the first frame": (animated(".webp", lossless=True), RED, BLUE),
    "animated PNG: the first frame": (animated(".png"), RED, BLUE),
    **{f"sideways photo, orientation {k}": (turned(k), (254, 0, 0), (0, 0, 254)) for k in range(2, 9)},
    "sideways photo that is scaled down on the way": (turned(6, large=True), (254, 0, 0), (0, 0, 254)),
}
