"""A slider over autoencoders of one family: what each rebuilds, and what it draws from random codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ipywidgets
import numpy as np
import torch
from PIL import Image, ImageDraw

from ganlib.models import VAE, BiGAN, MLPAutoencoder
from ganlib.pictures import PAPER, tile, to_uint8
from ganlib.widgets.base.canvas import PixelCanvas
from ganlib.widgets.base.controls import beside, button, stops, text
from ganlib.widgets.base.curves import INK, font
from ganlib.widgets.base.images import beneath, enlarge, faults
from ganlib.widgets.base.panel import Frame, Panel
from ganlib.widgets.base.sampler import cpu_threads, draw_z, evaluating, home

SEAM = 6  # pixels between the real pictures, the rebuilt ones and the drawn ones


@dataclass(frozen=True)
class WalkState:
    """What the controls of an AutoencoderWalk say: which model, from 0, and the seed of pictures and codes."""

    which: int = 0
    seed: int = 0


class AutoencoderWalk(Panel):
    """Walk through autoencoders or VAEs, say of several latent sizes, on the same pictures and the same random codes.

    models: name -> model, in the slider's order; each maps images (N, C, H, W) to their reconstructions and has
    `z_dim` and a `decoder`.  images: (M, C, H, W) in [-1, 1], of which `columns` are shown at a time.
    what: what the names say ("latent numbers").  notes: a model's name -> a remark for below the picture.
    rows: of pictures drawn from random codes z ~ N(0, I); 0 for none.

    Raises:
        ValueError: if there are no models, or fewer images than columns.
    """

    name = "Autoencoder walk"

    def __init__(
        self,
        models: Mapping[str, VAE | MLPAutoencoder | BiGAN],
        images: torch.Tensor,
        *,
        what: str = "model",
        notes: Mapping[str, str] | None = None,
        columns: int = 8,
        rows: int = 2,
    ):
        if not models or len(images) < columns:
            raise ValueError(f"need at least one model and {columns} images, not {len(models)} and {len(images)}")
        self.models = {str(name): evaluating(model) for name, model in models.items()}
        self.images, self.what, self.columns, self.rows = images, what, columns, rows
        self.notes = {str(name): note for name, note in (notes or {}).items()}
        self.seed = 0
        width = columns * (images.shape[-1] + 1) - 1
        self.css_width = width * max(1, round(560 / width))
        canvas = PixelCanvas(css_width=self.css_width, alt=self.describe())
        self._open(canvas, beside(self._controls(), canvas))

    def _controls(self) -> list[ipywidgets.Widget]:
        self.slider = stops([(name, k) for k, name in enumerate(self.models)], 0, "model")
        self.slider.observe(self.refresh, "value")
        other = button("Other pictures", self.resample, main=True)
        below = " Below: random codes, decoded." if self.rows else ""
        explained = f"First row: real. Second row: the same, rebuilt.{below}"
        return [text(f"Walk through: {self.what}", "heading"), self.slider, other, text(explained)]

    @property
    def state(self) -> WalkState:
        """What the controls say now."""
        return WalkState(self.slider.value, self.seed)

    def resample(self) -> None:
        """Take other pictures and other random codes."""
        self.seed += 1
        self.refresh()

    def shown(self, state: WalkState) -> torch.Tensor:
        """Return the real pictures of a state: (columns, C, H, W)."""
        start = state.seed * self.columns % (len(self.images) - self.columns + 1)
        return self.images[start : start + self.columns]

    @torch.inference_mode()
    def results(self, state: WalkState) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what a state's model rebuilds (columns, C, H, W) and draws (rows * columns, C, H, W)."""
        model = list(self.models.values())[state.which]
        device, dtype = home(model)
        x = self.shown(state).to(device, dtype)
        z = draw_z(self.rows * self.columns, model.z_dim, state.seed).to(device, dtype)
        return model(x), model.decoder(z) if self.rows else x[:0]

    def frame(self, state: WalkState) -> Frame:
        """Draw real, rebuilt and drawn pictures below each other."""
        name = list(self.models)[state.which]
        with cpu_threads(1):
            rebuilt, drawn = self.results(state)
        real = self.shown(state)
        error = float((rebuilt.to(real) - real).square().mean())
        said = [f"{self.what}: {name}", f"mean squared error {error:.3f}", *filter(None, [self.notes.get(name)])]
        return Frame(self._sheet(real, rebuilt, drawn), " · ".join(said), faults(torch.cat([rebuilt, drawn])))

    def _sheet(self, *groups: torch.Tensor) -> np.ndarray:
        sheets = [tile(to_uint8(group), len(group) // self.columns, self.columns) for group in groups if len(group)]
        seam = np.full((SEAM, *sheets[0].shape[1:]), PAPER, np.uint8)
        return np.concatenate([part for sheet in sheets for part in (sheet, seam)][:-1])

    def still(self) -> Image.Image:
        """Return every model's rows below each other, with its name."""
        seed = self.state.seed
        title = "real; below, rebuilt" + (" (first row) and decoded from random codes (second)" if self.rows else "")
        parts = [self._titled(title, self._sheet(self.shown(self.state)))]
        for which, name in enumerate(self.models):
            rebuilt, drawn = self.results(WalkState(which, seed))
            parts.append(self._titled(f"{self.what}: {name}", self._sheet(rebuilt, drawn[: self.columns])))
        return beneath(*parts)

    def _titled(self, title: str, sheet: np.ndarray) -> Image.Image:
        large = enlarge(sheet, self.css_width).convert("RGB")
        picture = Image.new("RGB", (large.width, large.height + 24), "white")
        ImageDraw.Draw(picture).text((0, 4), title, fill=INK, font=font(14))
        picture.paste(large, (0, 24))
        return picture

    def describe(self) -> str:
        """Return the alternative text."""
        below = ", and below it pictures drawn from random codes" if self.rows else ""
        names = ", ".join(self.models)
        return f"A row of real pictures, the same rebuilt by an autoencoder{below}; {self.what}: {names}"

    def __repr__(self) -> str:
        if self.closed:
            return super().__repr__()
        return f"AutoencoderWalk({self.what}: {', '.join(self.models)})"
