"""The same GAN from many seeds at once, on points whose distribution is known."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ganlib.data.mixtures import GaussianMixture
from ganlib.losses import GANLoss, non_saturating
from ganlib.models.ensemble import MLPEnsemble
from ganlib.train.training import Step
from ganlib.train.updates import Penalty, update_D, update_G


def train_ensemble(
    G: MLPEnsemble,
    D: MLPEnsemble,
    data: GaussianMixture,
    steps: int,
    *,
    loss: GANLoss = non_saturating,
    batch_size: int = 64,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.5, 0.99),
    penalty: Penalty | None = None,
    decay: bool = False,
    seed: int = 0,
) -> Iterator[Step]:
    """Train S pairs (G, D) at once, yielding after each round; losses are sums over the members.

    G: z (S, N, z_dim) -> points (S, N, d).  D: points -> logits (S, N).
    The summed losses give each member the gradient that it would have alone.
    decay: let the learning rate fall in a straight line over the second half.
    """
    device = next(G.parameters()).device
    generator = torch.Generator(device=device).manual_seed(seed)
    opt_G = torch.optim.Adam(G.parameters(), lr=lr, betas=betas, fused=True)
    opt_D = torch.optim.Adam(D.parameters(), lr=lr, betas=betas, fused=True)
    S = G.members
    summed = GANLoss(loss.name, lambda real, fake: S * loss.D(real, fake), lambda fake: S * loss.G(fake))

    def noise():
        return torch.randn(S, batch_size, G.z_dim, generator=generator, device=device)

    for number in range(1, steps + 1):
        if decay:
            for group in (*opt_G.param_groups, *opt_D.param_groups):
                group["lr"] = lr * min(1.0, 2 * (1 - (number - 1) / steps))
        x_real = data.sample(S, batch_size, generator=generator)
        loss_D, logits_real, logits_fake = update_D(G, D, opt_D, x_real, noise(), summed, penalty=penalty)
        loss_G = update_G(G, D, opt_G, noise(), summed)
        yield Step(number, loss_D, loss_G, logits_real, logits_fake)
