"""Draw contact sheets of the drawn data sets, to be looked at.

    python tools/preview.py                              both sets, into test-artefacts/
    python tools/preview.py sketch_faces --seed 3 --size 32 --out build/sheets

For each set: NAME.png, the first 64 pictures; NAME_parts.png, their parts in colours; NAME_masks.png, where the fine
details lie; and for faces sketch_faces_changes.png, in every row the same faces with one attribute changed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ganlib import data  # noqa: E402
from ganlib.data import sketch_faces  # noqa: E402
from ganlib.pictures import tile, to_uint8  # noqa: E402

SETS = ("sketch_faces", "detail_scenes")
COLUMNS = 8
CHANGES = (
    {}, {"glasses": "none"}, {"glasses": "round"}, {"hat": "none"}, {"hat": "straw"}, {"smile": -0.4}, {"smile": 1.0},
    {"mouth_open": "yes"}, {"hair_style": "curls"}, {"hair_colour": "teal"}, {"beard": "full"}, {"freckles": "yes"},
    {"wrinkles": "yes"}, {"strands": "yes"}, {"turn": -1.0}, {"turn": 1.0}, {"presentation": "woman"},
    {"presentation": "man"}, {"background": "dots"},
)  # fmt: skip


def parts_in_colours(found: data.Dataset) -> torch.Tensor:
    """Give every part a colour of its own: (N, 3, H, W) uint8."""
    number = torch.arange(len(found.parts))
    colours = torch.stack([number * 67 % 200 + 55, number * 139 % 200 + 55, number * 211 % 200 + 55], dim=1)
    return colours.to(torch.uint8)[found.segments.long()].permute(0, 3, 1, 2)


def masks_in_colours(found: data.Dataset) -> torch.Tensor:
    """Lay every mask over the darkened pictures in a colour of its own: (N, 3, H, W) uint8."""
    pictures = to_uint8(found.images) // 2
    for k, mask in enumerate(found.masks.values(), start=1):
        colour = torch.tensor([255 * (k >> bit & 1) for bit in (2, 1, 0)], dtype=torch.uint8)
        pictures = torch.where(mask[:, None], colour[:, None, None], pictures)
    return pictures


def changed_faces(found: data.Dataset) -> torch.Tensor:
    """Draw the first faces again and again, each time with one attribute changed: (rows · COLUMNS, 3, H, W) uint8."""
    first = found.take(torch.arange(COLUMNS))
    return torch.cat([to_uint8(sketch_faces.change(first, **change).images) for change in CHANGES])


def write(pictures: torch.Tensor, scale: int, path: Path) -> None:
    """Write pictures as a sheet, each pixel `scale` pixels wide."""
    from PIL import Image

    sheet = Image.fromarray(tile(pictures, -(-len(pictures) // COLUMNS), COLUMNS))
    sheet.resize((sheet.width * scale, sheet.height * scale), Image.Resampling.NEAREST).save(path)
    print(f"wrote {path}")


def preview(name: str, out: Path, size: int | None = None, seed: int = 0, scale: int = 3, split: str = "train") -> None:
    """Write all sheets of one set into a folder."""
    found = data.load(name, split, size=size, limit=COLUMNS**2, seed=seed)
    out.mkdir(parents=True, exist_ok=True)
    sheets = {"": to_uint8(found.images), "_parts": parts_in_colours(found), "_masks": masks_in_colours(found)}
    if name == "sketch_faces":
        sheets["_changes"] = changed_faces(found)
    for ending, pictures in sheets.items():
        write(pictures, scale, out / f"{name}{ending}.png")


def main() -> None:
    """Read the command line and write the sheets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=SETS, metavar="NAME", help=f"which sets: {', '.join(SETS)}")
    parser.add_argument("--size", type=int, help="side of the pictures in pixels (64)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scale", type=int, default=3, help="pixels of the sheet for each pixel of a picture")
    parser.add_argument("--out", type=Path, default=ROOT / "test-artefacts")
    options = parser.parse_args()
    for name in options.names:
        if name not in SETS:
            parser.error(f"there is no drawn set {name!r}: use {' or '.join(SETS)}")
        preview(name, options.out, options.size, options.seed, options.scale)


if __name__ == "__main__":
    main()
