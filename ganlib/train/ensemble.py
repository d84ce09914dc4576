"""The same GAN from many seeds at once, on points whose distribution is known."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from ganlib.data.mixtures import GaussianMixture
from ganlib.losses import GANLoss, non_saturating
from ganlib.models.ensemble import MLPEnsemble
from ganlib.models.modes import ready_afterwards
from ganlib.threads import steadied
from ganlib.train.schedules import Schedule, constant
from ganlib.train.training import Step
from ganlib.train.unrolled import update_G_unrolled
from ganlib.train.updates import Penalty, update_D, update_G


def summed(loss: GANLoss, members: int) -> GANLoss:
    """Return a loss whose gradient gives each of `members` networks what it would get alone: the sum of their means."""
    return GANLoss(loss.name, lambda real, fake: members * loss.D(real, fake), lambda fake: members * loss.G(fake))


def per_member(penalty: Penalty) -> Penalty:
    """Return a penalty on single points as one on ensembles (S, N, d): the sum over the members of their means."""

    def total(D, x_real, x_fake):
        members = len(x_real)
        return members * penalty(
            lambda x: D(x.unflatten(0, (members, -1))).flatten(), x_real.flatten(0, 1), x_fake.flatten(0, 1)
        )

    return total


@steadied
def train_ensemble(
    G: MLPEnsemble,
    D: nn.Module,
    data: GaussianMixture,
    steps: int,
    *,
    loss: GANLoss = non_saturating,
    batch_size: int = 64,
    lr: float = 1e-3,
    lr_D: float | None = None,
    betas: tuple[float, float] = (0.5, 0.99),
    penalty: Penalty | None = None,
    D_steps: int = 1,
    unroll: int = 0,
    schedule: Schedule = constant,
    seed: int = 0,
) -> Iterator[Step]:
    """Train S pairs (G, D) at once, yielding after each round; losses are sums over the members.

    Leave off at any time: the networks stay usable, in eval mode.

    G: z (S, N, z_dim) -> points (S, N, d).  D: points -> logits (S, N), or fewer if it packs them.
    The summed losses give each member the gradient that it would have alone.
    lr_D: D's learning rate if it is not G's; 0 for a D that stays.  D_steps: steps of D for each of G.
    unroll: how many of D's steps G looks ahead (Metz et al. 2017).
    schedule: as for `Training`, such as `constant_then_linear(steps)`.
    """
    device = next(G.parameters()).device
    generator = torch.Generator(device=device).manual_seed(seed)
    opt_G = torch.optim.Adam(G.parameters(), lr=lr, betas=betas, fused=True)
    lr_D = lr if lr_D is None else lr_D
    opt_D = torch.optim.Adam(D.parameters(), lr=lr_D, betas=betas, fused=True)
    S, total = G.members, summed(loss, G.members)

    def noise():
        return torch.randn(S, batch_size, G.z_dim, generator=generator, device=device)

    with ready_afterwards(G, D):
        for number in range(1, steps + 1):
            G.train()
            D.train()
            for optimiser, rate in ((opt_G, lr), (opt_D, lr_D)):
                optimiser.param_groups[0]["lr"] = rate * schedule(number - 1)
            for _ in range(D_steps):
                x_real = data.sample(S, batch_size, generator=generator)
                loss_D, logits_real, logits_fake = update_D(G, D, opt_D, x_real, noise(), total, penalty=penalty)
            if unroll:
                x_real = data.sample(S, batch_size, generator=generator)
                loss_G = update_G_unrolled(G, D, opt_G, opt_D, x_real, noise(), total, unroll)
            else:
                loss_G = update_G(G, D, opt_G, noise(), total)
            yield Step(number, loss_D, loss_G, logits_real, logits_fake)
