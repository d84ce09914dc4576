"""`sample`: a sheet of samples as PNG."""

from __future__ import annotations

import argparse
from pathlib import Path

from ganlib.cli.arguments import positive


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    command.add_argument("name", nargs="?", default="digits-mlp", help="which generator (default: %(default)s)")
    command.add_argument("--n", type=positive, default=64, help="how many images (default: %(default)s)")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--device")
    command.add_argument("--out", type=Path, default=Path("samples.png"))


def sample(options: argparse.Namespace) -> None:
    """Draw images from a generator by name and write them as one PNG sheet."""
    import torch
    from PIL import Image

    from ganlib import pretrained, runtime
    from ganlib.models import generate
    from ganlib.pictures import square_grid, tile, to_uint8

    device = runtime.best_device(options.device)
    G = pretrained.load(options.name, device=device)
    if not hasattr(G, "z_dim"):
        raise ValueError(f"{options.name} is not a generator: there is nothing to sample from")
    z = torch.randn(options.n, G.z_dim, generator=torch.Generator().manual_seed(options.seed)).to(device)
    sheet = tile(to_uint8(generate(G, z)), *square_grid(options.n))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(options.out)
    print(f"wrote {options.n} samples to {options.out}, {sheet.shape[1]}x{sheet.shape[0]} pixels")
