"""The two players of the two-dimensional GAN lab: networks, cures, what D says, and which way it pulls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from ganlib.losses import Critic, GANLoss, gradient_penalty, zero_centred_penalty
from ganlib.models.generate import Generator
from ganlib.models.mlp import MLP
from ganlib.models.sets import MinibatchDiscrimination, MinibatchStd, NoisyInputs, Packed
from ganlib.widgets.base.sampler import evaluating

LONGEST, HALF = 0.25, 0.6  # an arrow's greatest length in half-widths of the picture; the gradient of half of that
KERNELS, WIDTH = 4, 4  # of minibatch discrimination
BLUR = 0.1  # standard deviation of instance noise, in the units of the plane


def plain(hidden: int) -> nn.Module:
    return MLP([2, hidden, hidden, 1])


def with_spread(hidden: int) -> nn.Module:
    return MinibatchStd(MLP([2, hidden, hidden]), MLP([hidden + 1, 1]))


def with_closeness(hidden: int) -> nn.Module:
    rows, head = MLP([hidden, KERNELS * WIDTH]), MLP([hidden + KERNELS, 1])
    return MinibatchDiscrimination(MLP([2, hidden, hidden]), rows, head, KERNELS)


@dataclass(frozen=True)
class Cure:
    """What D's network is, hidden units -> module, and what is added to its loss."""

    network: Callable[[int], nn.Module] = plain
    penalty: Callable[[Critic, torch.Tensor, torch.Tensor], torch.Tensor] | None = None


CURES = {
    "nothing": Cure(),
    "R1 at the data": Cure(penalty=lambda D, real, fake: zero_centred_penalty(D, real, weight=0.1)),
    "gradient near 1": Cure(penalty=lambda D, real, fake: gradient_penalty(D, real, fake, weight=1.0)),
    "instance noise": Cure(lambda hidden: NoisyInputs(plain(hidden), BLUR)),
    "minibatch std": Cure(with_spread),
    "minibatch discrimination": Cure(with_closeness),
    "packs of 2": Cure(lambda hidden: Packed(MLP([4, hidden, hidden, 1]), 2)),
    "packs of 4": Cure(lambda hidden: Packed(MLP([8, hidden, hidden, 1]), 4)),
}
TRIES = {  # what to try: loss, cure, learning rates of G and D, steps of D
    "choose …": None,
    "a fair game": ("non_saturating", "nothing", 1e-3, 1e-3, 1),
    "G too fast: mode collapse": ("non_saturating", "nothing", 1e-2, 1e-3, 1),
    "G too fast, packs of 2": ("non_saturating", "packs of 2", 1e-2, 1e-3, 1),
    "D too strong for minimax": ("minimax", "nothing", 2e-4, 5e-3, 10),
    "Wasserstein": ("wasserstein", "gradient near 1", 1e-3, 2e-3, 5),
}


class PlaneGenerator(Generator):
    """Map noise to points of the plane, as images of two channels and one pixel: z (N, z_dim) -> (N, 2, 1, 1)."""

    def __init__(self, z_dim: int, hidden: int):
        super().__init__()
        self.z_dim, self.mlp = z_dim, MLP([z_dim, hidden, hidden, 2])

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.mlp(z)[:, :, None, None]


class PlaneDiscriminator(nn.Module):
    """Judge points of the plane, or images of two channels and one pixel: x (N, 2, …) -> logits, (N,) or one a pack."""

    def __init__(self, cure: Cure, hidden: int):
        super().__init__()
        self.network = cure.network(hidden)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.network(x.flatten(1))

    def beside(self, x: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
        """Judge each place x (N, 2) as if G put a sample there beside its others (M, 2): -> (N,)."""
        beside = getattr(self.network, "beside", None)
        return beside(x, others) if beside else self.network(x)


def verdicts(scores: torch.Tensor, loss: str) -> torch.Tensor:
    """Map D's scores to [0, 1], 1 for real, by what the loss wants of them.

    Cross-entropy: the probability. Least squares wants 0 and 1, hinge −1 and 1. Wasserstein's have no zero of their
    own: they are stretched from the lowest to the highest.
    """
    if loss == "least_squares":
        return scores.clamp(0, 1)
    if loss == "hinge":
        return (scores / 2 + 0.5).clamp(0, 1)
    if loss == "wasserstein":
        low, high = scores.min(), scores.max()
        return (scores - low) / (high - low).clamp(min=1e-9)
    return scores.sigmoid()


def pulls(D: nn.Module, loss: GANLoss, samples: torch.Tensor) -> torch.Tensor:
    """Return arrows along −∂loss_G/∂x, each sample's own, in half-widths of the picture: (N, 2) -> (N, 2).

    Their length grows with the gradient's, g / (g + HALF): weak pulls can be seen, vanished ones cannot.
    """
    with torch.enable_grad():
        x = samples.detach().clone().requires_grad_(True)
        logits = evaluating(D)(x)
        (gradient,) = torch.autograd.grad(loss.G(logits) * len(logits), x)
    return -LONGEST * gradient / (gradient.norm(dim=1, keepdim=True) + HALF)


@torch.inference_mode()
def net(G: Generator, lines: int = 13, points: int = 41) -> torch.Tensor:
    """Return straight lines of the plane of z, from −2 to 2 both ways, as G bends them: (2 · lines, points, 2)."""
    across, along = torch.linspace(-2, 2, lines), torch.linspace(-2, 2, points)
    first = torch.cartesian_prod(across, along)
    z = torch.cat([first, first.flip(1)])
    return evaluating(G)(z)[:, :, 0, 0].reshape(2 * lines, points, 2)


def sample_faults(samples: torch.Tensor, extent: float) -> str:
    """Say what is wrong with samples (N, 2): not finite, all outside the picture, all one point; "" if nothing is."""
    broken = int((~samples.isfinite().all(1)).sum())
    if broken:
        return f"{broken} of {len(samples)} samples are NaN or infinite: G has diverged. Reset it."
    if (samples.abs().amax(1) > extent).all():
        return "All samples lie outside the picture."
    return "" if samples.std(0).max() > 1e-3 * extent else "All samples are the same point."
