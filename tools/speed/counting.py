"""Floating-point operations of a training step, counted from the sizes of the fully connected layers.

A layer from n to m numbers costs 2·n·m operations an example forwards, as much again for the gradient of its weights,
and as much again for the gradient of its input. Everything else (losses, Adam) is small beside that and left out.
"""

from __future__ import annotations

from torch import nn


def layer_costs(network: nn.Module) -> list[int]:
    """Return 2·n·m for every `nn.Linear` of a network, in order."""
    return [2 * layer.in_features * layer.out_features for layer in network.modules() if isinstance(layer, nn.Linear)]


def tutorial_flops(G: nn.Module, D: nn.Module, batch_size: int, reuse: bool = False) -> int:
    """Count a step of `TutorialGAN`: two passes through G (one with `reuse`), three through D."""
    g, d = layer_costs(G), layer_costs(D)
    step_D = 2 * (sum(d) + sum(d) + sum(d[1:]))  # two batches: forwards, weights, inputs but the first layer's
    step_G = 3 * sum(d) + sum(g) + sum(g[1:])  # D forwards, weights (thrown away), inputs; G weights, inputs
    return batch_size * ((1 if reuse else 2) * sum(g) + step_D + step_G)


def ganlib_flops(G: nn.Module, D: nn.Module, batch_size: int, reuse: bool = False) -> int:
    """Count a step of `ganlib.train.Training`: no gradients of weights that stay, two passes through G or one."""
    g, d = layer_costs(G), layer_costs(D)
    step_D = (0 if reuse else sum(g)) + 2 * (sum(d) + sum(d) + sum(d[1:]))
    step_G = sum(g) + 2 * sum(d) + sum(g) + sum(g[1:])
    return batch_size * (step_D + step_G)
