"""Unrolled GANs: G asks not what D says now, but what D would say after its next few steps."""

from __future__ import annotations

import torch
from torch import nn
from torch.func import functional_call

from ganlib.losses import GANLoss


def look_ahead(
    D: nn.Module,
    opt_D: torch.optim.Optimizer,
    x_real: torch.Tensor,
    x_fake: torch.Tensor,
    loss: GANLoss,
    steps: int,
) -> dict[str, torch.Tensor]:
    """Return D's parameters after `steps` steps on these points, as functions of x_fake (Metz et al. 2017, eqs. 3-5).

    theta_(k+1) = theta_k - lr * grad loss_D(theta_k) / sqrt(v): gradients flow back through every step. v is Adam's
    running mean of squared gradients, held as it is; before Adam's first step it is 1. D itself does not change.
    """
    group = opt_D.param_groups[0]
    scale = {}
    for name, weight in D.named_parameters():
        state = opt_D.state.get(weight, {})
        scale[name] = 1.0
        if state:
            v = state["exp_avg_sq"] / (1 - group["betas"][1] ** float(state["step"]))
            scale[name] = v.sqrt() + group["eps"]
    theta = {name: weight.detach().requires_grad_(True) for name, weight in D.named_parameters()}
    for _ in range(steps):
        loss_D = loss.D(functional_call(D, theta, x_real), functional_call(D, theta, x_fake))
        slopes = torch.autograd.grad(loss_D, list(theta.values()), create_graph=True)
        theta = {
            name: weight - group["lr"] * slope / scale[name] for (name, weight), slope in zip(theta.items(), slopes)
        }
    return theta


def update_G_unrolled(
    G: nn.Module,
    D: nn.Module,
    opt_G: torch.optim.Optimizer,
    opt_D: torch.optim.Optimizer,
    x_real: torch.Tensor,
    z: torch.Tensor,
    loss: GANLoss,
    steps: int,
) -> torch.Tensor:
    """Make one step of G against D as it will be `steps` steps later; D stays as it is: -> loss_G, detached."""
    x_fake = G(z)
    theta = look_ahead(D, opt_D, x_real, x_fake, loss, steps)
    loss_G = loss.G(functional_call(D, theta, x_fake))
    opt_G.zero_grad(set_to_none=True)
    for weight, slope in zip(G.parameters(), torch.autograd.grad(loss_G, list(G.parameters()))):
        weight.grad = slope
    opt_G.step()
    return loss_G.detach()
