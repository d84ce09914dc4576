"""One optimiser step for each player, as notebook 06 writes them out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn

from ganlib.losses import GANLoss

Penalty = Callable[[nn.Module, torch.Tensor, torch.Tensor], torch.Tensor]


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Hold a network's parameters constant: gradients pass through it to its input, none are computed for its weights.

    What was frozen before stays so afterwards.
    """
    thawed = [parameter for parameter in network.parameters() if parameter.requires_grad]
    for parameter in thawed:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in thawed:
            parameter.requires_grad_(True)


def judge(
    D: nn.Module, x_real: torch.Tensor, x_fake: torch.Tensor, one_pass: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return D's logits of both batches, (N,) and (M,), from one pass over them together or from two."""
    if one_pass:
        logits = D(torch.cat([x_real, x_fake]))
        return logits[: len(x_real)], logits[len(x_real) :]
    return D(x_real), D(x_fake)


class DrawnOnce:
    """A generator that gives G's step the fakes that D's step has drawn: one pass through G for both players.

    update_D, which wants no gradients of G, draws: z (M, z_dim) -> x_fake (M, C, H, W), detached. update_G then gets
    the same fakes with their way back to G's weights; its own z is not looked at.
    """

    def __init__(self, G: nn.Module):
        self.G = G

    def __call__(self, z: torch.Tensor) -> torch.Tensor:
        if torch.is_grad_enabled():
            return self.x_fake
        with torch.enable_grad():
            self.x_fake = self.G(z)
        return self.x_fake.detach()

    def parameters(self) -> Iterator[nn.Parameter]:
        """Give out G's parameters, whose gradient G's step may clip."""
        return self.G.parameters()


def update_D(
    G: nn.Module,
    D: nn.Module,
    opt_D: torch.optim.Optimizer,
    x_real: torch.Tensor,
    z: torch.Tensor,
    loss: GANLoss,
    *,
    penalty: Penalty | None = None,
    clip: float | None = None,
    one_pass: bool = False,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Make one step of D on real images and on fakes drawn from `z`; G learns nothing.

    x_real: (N, C, H, W), z: (M, z_dim) -> loss_D: scalar, logits_real: (N,), logits_fake: (M,), all detached.
    penalty: a further loss of (D, x_real, x_fake), already weighted; it is not part of the returned loss_D.
    clip: largest norm of D's gradient (Pascanu et al. 2013).
    one_pass: show D both batches together, which is quicker; only where no layer of D looks across the batch.
    """
    with torch.no_grad():
        x_fake = G(z)
    logits_real, logits_fake = judge(D, x_real, x_fake, one_pass)
    loss_D = loss.D(logits_real, logits_fake)
    total = loss_D if penalty is None else loss_D + penalty(D, x_real, x_fake)
    opt_D.zero_grad(set_to_none=True)
    total.backward()
    if clip is not None:
        nn.utils.clip_grad_norm_(D.parameters(), clip)
    opt_D.step()
    return loss_D.detach(), logits_real.detach(), logits_fake.detach()


def update_G(
    G: nn.Module,
    D: nn.Module,
    opt_G: torch.optim.Optimizer,
    z: torch.Tensor,
    loss: GANLoss,
    *,
    clip: float | None = None,
) -> torch.Tensor:
    """Make one step of G to fool D on fresh noise, D held constant: z (M, z_dim) -> loss_G: scalar, detached.

    clip: as for `update_D`.
    """
    with frozen(D):
        loss_G = loss.G(D(G(z)))
        opt_G.zero_grad(set_to_none=True)
        loss_G.backward()
    if clip is not None:
        nn.utils.clip_grad_norm_(G.parameters(), clip)
    opt_G.step()
    return loss_G.detach()
