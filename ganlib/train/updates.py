"""One optimiser step for each player, as notebook 06 writes them out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

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


def _precision(x: torch.Tensor, dtype: torch.dtype | None):
    """Return the context in which networks compute in `dtype`: torch's autocast, or nothing if it is None."""
    return nullcontext() if dtype is None else torch.autocast(x.device.type, dtype)


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
    autocast: torch.dtype | None = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Make one step of D on real images and on fakes drawn from `z`; G learns nothing.

    x_real: (N, C, H, W), z: (M, z_dim) -> loss_D: scalar, logits_real: (N,), logits_fake: (M,), all detached.
    penalty: a further loss of (D, x_real, x_fake), already weighted; it is not part of the returned loss_D.
    clip: largest norm of D's gradient (Pascanu et al. 2013).
    autocast: let the networks compute in this type, for instance torch.bfloat16; losses and penalties stay in float32.
    """
    with _precision(x_real, autocast):
        with torch.no_grad():
            x_fake = G(z)
        logits_real, logits_fake = D(x_real), D(x_fake)
    if autocast is not None:
        logits_real, logits_fake, x_fake = logits_real.float(), logits_fake.float(), x_fake.float()
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
    autocast: torch.dtype | None = None,
) -> torch.Tensor:
    """Make one step of G to fool D on fresh noise, D held constant: z (M, z_dim) -> loss_G: scalar, detached.

    clip, autocast: as for `update_D`.
    """
    with frozen(D):
        with _precision(z, autocast):
            logits_fake = D(G(z))
        loss_G = loss.G(logits_fake if autocast is None else logits_fake.float())
        opt_G.zero_grad(set_to_none=True)
        loss_G.backward()
    if clip is not None:
        nn.utils.clip_grad_norm_(G.parameters(), clip)
    opt_G.step()
    return loss_G.detach()
