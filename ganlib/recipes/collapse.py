"""Cures of mode collapse, each as a change to one plain GAN on points, trained from many seeds as one network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from ganlib import losses
from ganlib.data.mixtures import GaussianMixture
from ganlib.losses import GANLoss, gradient_penalty
from ganlib.metrics.modes import SAMPLES, Coverage, coverage
from ganlib.models.ensemble import MLPEnsemble
from ganlib.models.sets import MinibatchDiscrimination, MinibatchStd, NoisyInputs, Packed
from ganlib.train.ensemble import per_member, train_ensemble
from ganlib.train.training import Step
from ganlib.train.updates import Penalty

HIDDEN, Z_DIM, BATCH = 64, 2, 60  # 60 points make whole packs of 2, 3 and 4
RATE_G, RATE_D, BETAS = 1e-3, 1e-4, (0.5, 0.99)  # G ten times as quick as D, as in Metz et al. 2017, appendix A
KERNELS, WIDTH = 4, 4  # of minibatch discrimination


def plain_D(members: int, hidden: int) -> nn.Module:
    return MLPEnsemble(members, [2, hidden, hidden, 1])


def packed_D(members: int, hidden: int, count: int) -> nn.Module:
    return Packed(MLPEnsemble(members, [2 * count, hidden, hidden, 1]), count)


def minibatch_std_D(members: int, hidden: int) -> nn.Module:
    return MinibatchStd(MLPEnsemble(members, [2, hidden, hidden]), MLPEnsemble(members, [hidden + 1, 1]))


def discriminating_D(members: int, hidden: int) -> nn.Module:
    return MinibatchDiscrimination(
        MLPEnsemble(members, [2, hidden, hidden]),
        MLPEnsemble(members, [hidden, KERNELS * WIDTH], keep_last=True),
        MLPEnsemble(members, [hidden + KERNELS, 1]),
        KERNELS,
    )


@dataclass(frozen=True)
class Cure:
    """What differs from the plain GAN: D's network (members, hidden) -> module, its loss, and how both are trained.

    noise: instance noise's first sigma, as a share of the distance of the farthest mode; it falls to 0 at the end.
    lr_G, lr_D: learning rates.  The rest: as for `train_ensemble`.
    """

    D: Callable[[int, int], nn.Module] = plain_D
    loss: GANLoss = losses.non_saturating
    penalty: Penalty | None = None
    noise: float = 0.0
    lr_G: float = RATE_G
    lr_D: float = RATE_D
    D_steps: int = 1
    unroll: int = 0
    betas: tuple[float, float] = BETAS


CURES = {
    "minimax": Cure(loss=losses.minimax),
    "plain": Cure(),
    "two time scales": Cure(lr_G=2.5e-4, lr_D=1e-3),
    "instance noise": Cure(noise=0.2),
    "minibatch std": Cure(D=minibatch_std_D),
    "minibatch discrimination": Cure(D=discriminating_D),
    "unrolled 5": Cure(unroll=5),
    "packing 2": Cure(D=partial(packed_D, count=2)),
    "packing 3": Cure(D=partial(packed_D, count=3)),
    "packing 4": Cure(D=partial(packed_D, count=4)),
    "least squares": Cure(loss=losses.least_squares),
    "WGAN-GP": Cure(  # its D should be near its best at all times: five steps, at a rate like G's
        loss=losses.wasserstein,
        penalty=per_member(partial(gradient_penalty, weight=0.1)),
        D_steps=5,
        lr_D=1e-3,
        betas=(0.0, 0.9),
    ),
}


def ensemble_pair(cure: Cure, members: int, *, hidden: int = HIDDEN, seed: int = 0) -> tuple[MLPEnsemble, nn.Module]:
    """Return new networks of `members` GANs, whose weights depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        G = MLPEnsemble(members, [Z_DIM, hidden, hidden, 2], keep_last=True)
        D = cure.D(members, hidden)
    return G, NoisyInputs(D, 0.0) if cure.noise else D


def train_cured(
    cure: Cure,
    G: MLPEnsemble,
    D: nn.Module,
    data: GaussianMixture,
    steps: int,
    *,
    batch_size: int = BATCH,
    seed: int = 0,
) -> Iterator[Step]:
    """Train the pairs as the cure says, yielding after each round."""
    first = cure.noise * float(torch.linalg.vector_norm(data.means, dim=1).max())
    rounds = train_ensemble(
        G,
        D,
        data,
        steps,
        loss=cure.loss,
        penalty=cure.penalty,
        batch_size=batch_size,
        lr=cure.lr_G,
        lr_D=cure.lr_D,
        D_steps=cure.D_steps,
        unroll=cure.unroll,
        betas=cure.betas,
        seed=seed,
    )
    with closing(rounds):
        for number in range(steps):
            if isinstance(D, NoisyInputs):
                D.sigma = first * (1 - number / steps)
            yield next(rounds)


@torch.no_grad()
def measure(G: MLPEnsemble, data: GaussianMixture, *, samples: int = SAMPLES, seed: int = 10**6) -> list[Coverage]:
    """Measure every member on samples of its own."""
    z = torch.randn(G.members, samples, G.z_dim, generator=torch.Generator().manual_seed(seed))
    points = G(z.to(next(G.parameters()).device))
    return [coverage(member, data) for member in points]
