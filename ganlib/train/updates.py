"""One optimiser step for each player, as notebook 06 writes them out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn

from ganlib.losses import Critic, GANLoss
from ganlib.models.modes import frozen

Penalty = Callable[[Critic, torch.Tensor, torch.Tensor], torch.Tensor]


def rounding(device: torch.device, half: bool) -> AbstractContextManager:
    """Return a context in which layers multiply numbers rounded to bfloat16, if `half`; the weights stay float32.

    One for each update: autocast keeps the rounded weights until the context ends, and would keep old ones.
    """
    return torch.autocast(device.type, torch.bfloat16) if half else nullcontext()


def at_least_float32(x: torch.Tensor) -> torch.Tensor:
    """Return x in float32 if it has fewer digits, as it is otherwise."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def judge(
    D: nn.Module, x_real: torch.Tensor, x_fake: torch.Tensor, one_pass: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return D's logits of both batches, (N,) and (M,), at least float32, from one pass over both or two."""
    if one_pass:
        logits = at_least_float32(D(torch.cat([x_real, x_fake])))
        return logits[: len(x_real)], logits[len(x_real) :]
    return at_least_float32(D(x_real)), at_least_float32(D(x_fake))


class Given(nn.Module):
    """A network of two inputs whose second one is fixed: Given(D, y)(x) = D(x, y).

    y: (N, ...). Twice as many x (real and fake images in one pass) count y twice.
    """

    def __init__(self, network: nn.Module, y: torch.Tensor):
        super().__init__()
        self.network, self.y = network, y
        self.training = network.training

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        times = len(x) // len(self.y)
        return self.network(x, self.y if times == 1 else torch.cat([self.y] * times))


def told(network: nn.Module, y: torch.Tensor | None) -> nn.Module:
    """Return the network as a function of its first input alone: what it is told, y, is fixed, or nothing."""
    return network if y is None else Given(network, y)


def descend(
    loss: torch.Tensor, network: nn.Module, optimiser: torch.optim.Optimizer, clip: float | None = None
) -> None:
    """Move a network one step down its loss; clip: largest norm of the gradient (Pascanu et al. 2013)."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    if clip is not None:
        nn.utils.clip_grad_norm_(network.parameters(), clip)
    optimiser.step()


def learn_D(
    D: nn.Module,
    opt_D: torch.optim.Optimizer,
    x_real: torch.Tensor,
    x_fake: torch.Tensor,
    loss: GANLoss,
    *,
    penalty: Penalty | None = None,
    clip: float | None = None,
    one_pass: bool = False,
    half: bool = False,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Make one step of D on images that are there: as `update_D`, with x_fake: (M, C, H, W), detached.

    half: as for `rounding`.
    """
    with rounding(x_real.device, half):
        logits_real, logits_fake = judge(D, x_real, x_fake, one_pass)
        loss_D = loss.D(logits_real, logits_fake)
        total = loss_D if penalty is None else loss_D + penalty(D, x_real, x_fake)
    descend(total, D, opt_D, clip)
    return loss_D.detach(), logits_real.detach(), logits_fake.detach()


def learn_G(
    G: nn.Module,
    D: nn.Module,
    opt_G: torch.optim.Optimizer,
    x_fake: torch.Tensor,
    loss: GANLoss,
    *,
    clip: float | None = None,
    further: torch.Tensor | None = None,
    half: bool = False,
) -> torch.Tensor:
    """Make one step of G on images that it has drawn: as `update_G`, with x_fake (M, C, H, W) that leads back to G.

    further: another loss of x_fake, already weighted; it is not part of the returned loss_G.  half: as for `rounding`.
    """
    with frozen(D):
        with rounding(x_fake.device, half):
            loss_G = loss.G(at_least_float32(D(x_fake)))
        descend(loss_G if further is None else loss_G + further, G, opt_G, clip)
    return loss_G.detach()


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
    return learn_D(D, opt_D, x_real, x_fake, loss, penalty=penalty, clip=clip, one_pass=one_pass)


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
    return learn_G(G, D, opt_G, G(z), loss, clip=clip)
