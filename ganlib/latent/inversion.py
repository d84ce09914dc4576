"""Which z made this picture? A GAN does not say: search for it by gradient descent."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ganlib.models.generate import Generator
from ganlib.models.modes import evaluated, frozen
from ganlib.progress_line import Watch
from ganlib.threads import steady


@dataclass(frozen=True)
class Inversion:
    """What a search found for N pictures from R starts each.

    z: (N, z_dim), the best start's.  error: (N,), its mean squared difference to the picture.
    all_z: (R, N, z_dim) and all_errors: (R, N), of every start.  passes: forward and backward passes of G a picture.
    """

    z: torch.Tensor
    error: torch.Tensor
    all_z: torch.Tensor
    all_errors: torch.Tensor
    passes: int

    def best_of(self, count: int) -> torch.Tensor:
        """Return the errors (N,) that the first `count` starts alone would have reached."""
        return self.all_errors[:count].min(0).values


def pixel_error(x_found: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return the mean squared difference of each pair of pictures: (N, C, H, W) twice -> (N,)."""
    return (x_found - x).square().flatten(1).mean(1)


def invert(
    G: Generator,
    x: torch.Tensor,
    *,
    restarts: int = 1,
    steps: int = 150,
    lr: float = 0.2,  # z has unit spread: a step of Adam moves each coordinate by up to a fifth of that
    prior: float = 0.0,
    start: torch.Tensor | None = None,
    seed: int = 0,
    watch: Watch = iter,
) -> Inversion:
    """Look for the z whose picture is nearest to each x, by Adam from `restarts` random starts (Zhu et al. 2016).

    min over z of |G(z) - x|^2 / pixels + prior * |z|^2 / z_dim, all pictures and starts in one batch; Adam treats
    every coordinate on its own, so they do not see each other. The rate falls to 0 along half a cosine.
    x: (N, C, H, W).  start: (N, z_dim), the first start of each, an encoder's guess for instance.
    The start with the smallest error in pixels wins.

    Raises:
        ValueError: if there is nothing to look for, or steps or restarts are below 1.
    """
    if len(x) == 0 or steps < 1 or restarts < 1:
        raise ValueError(f"need pictures, steps >= 1 and restarts >= 1, not {len(x)}, {steps} and {restarts}")
    N, generator = len(x), torch.Generator().manual_seed(seed)
    z = torch.randn(restarts, N, G.z_dim, generator=generator).to(x.device)
    if start is not None:
        z[0] = start.detach().to(z)
    z = z.flatten(0, 1).requires_grad_()
    target = x.repeat(restarts, 1, 1, 1)
    optimiser = torch.optim.Adam([z], lr=lr)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    with evaluated(G), frozen(G):
        for _ in steady(watch(range(steps)), x.device):
            cost = pixel_error(G(z), target) + prior * z.square().mean(1)
            optimiser.zero_grad(set_to_none=True)
            cost.sum().backward()  # the sum: each picture's own gradient, whatever stands beside it
            optimiser.step()
            decay.step()
        with torch.no_grad():
            errors = pixel_error(G(z), target).view(restarts, N)
    all_z = z.detach().view(restarts, N, -1)
    error, best = errors.min(0)
    return Inversion(all_z[best, torch.arange(N, device=x.device)], error, all_z, errors, steps)
