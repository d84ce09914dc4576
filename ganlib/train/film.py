"""A training as a film: pictures of the same z at chosen steps, and curves, to be scrubbed through afterwards."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ganlib.models.generate import generate
from ganlib.pictures import to_uint8
from ganlib.train.training import Step


@dataclass
class Film:
    """Record what a training shows.

    z: (N, z_dim), the noise whose pictures are taken again and again.
    every: steps between two pictures.  curve_every: steps between two points of the curves.
    steps: the T steps with a picture.  images: (T, N, C, H, W) uint8.
    curves: name -> values at `curve_steps`: loss_D, loss_G and accuracy_D.
    """

    z: torch.Tensor
    every: int = 50
    curve_every: int = 10
    steps: list[int] = field(default_factory=list)
    frames: list[np.ndarray] = field(default_factory=list)
    curve_steps: list[int] = field(default_factory=list)
    curves: dict[str, list[float]] = field(default_factory=lambda: {"loss_D": [], "loss_G": [], "accuracy_D": []})

    @property
    def images(self) -> np.ndarray:
        """All pictures: (T, N, C, H, W) uint8."""
        return np.stack(self.frames)

    def __len__(self) -> int:
        return len(self.frames)

    def begin(self, G: nn.Module) -> None:
        """Take the picture before the first step."""
        self._take(0, G)

    def record(self, step: Step, G: nn.Module) -> None:
        """Note a step's losses, and take a picture if its time has come."""
        if step.number % self.curve_every == 0:
            self.curve_steps.append(step.number)
            values = {"loss_D": step.loss_D, "loss_G": step.loss_G, "accuracy_D": step.accuracy_D}
            for name, value in values.items():
                self.curves[name].append(float(value))
        if step.number % self.every == 0:
            self._take(step.number, G)

    def _take(self, number: int, G: nn.Module) -> None:
        self.steps.append(number)
        self.frames.append(to_uint8(generate(G, self.z)).cpu().numpy())

    def save(self, path: str | Path) -> Path:
        """Write the film as one compressed .npz file without Python objects; an older file stays until it is whole."""
        path = Path(path)
        unfinished = path.with_name(path.name + ".part")
        curves: dict[str, Any] = {f"curve_{name}": np.array(of, np.float32) for name, of in self.curves.items()}
        facts = {"every": self.every, "curve_every": self.curve_every}
        with unfinished.open("wb") as file:
            np.savez_compressed(
                file,
                facts=np.array(json.dumps(facts)),
                z=self.z.cpu().numpy(),
                steps=np.array(self.steps),
                images=self.images,
                curve_steps=np.array(self.curve_steps),
                **curves,
            )
        os.replace(unfinished, path)
        return path

    @classmethod
    def load(cls, path: str | Path) -> Film:
        """Read a film that `save` wrote.

        Raises:
            ValueError: if the file is damaged or something else.
        """
        try:
            with Path(path).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                curves = {
                    name[6:]: file[name].tolist()
                    for name in file.files
                    if name.startswith("curve_") and name != "curve_steps"
                }
                return cls(
                    z=torch.from_numpy(file["z"]),
                    **json.loads(str(file["facts"])),
                    steps=file["steps"].tolist(),
                    frames=list(file["images"]),
                    curve_steps=file["curve_steps"].tolist(),
                    curves=curves,
                )
        except FileNotFoundError:
            raise
        except Exception as error:  # numpy raises zipfile's, its own and zlib's errors for a damaged file
            raise ValueError(f"{path} is not a film, or is damaged ({error})") from error
