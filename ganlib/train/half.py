"""Training in bfloat16 with weights that keep their digits."""

from __future__ import annotations

import copy

import torch
from torch import nn

MATRICES = nn.Linear, nn.modules.conv._ConvNd  # the layers whose products cost the time


class HalfCopy:
    """A network's working copy in bfloat16, and the optimiser that learns on the network's own float32 weights.

    `module` computes: its fully connected and convolutional layers hold bfloat16, everything else float32, and it
    takes and returns float32. `step` hands its gradients to the float32 weights, lets `optimiser` move those, and
    rounds them anew: a step smaller than bfloat16 can show still adds up (Micikevicius et al. 2018, section 3.1).
    Buffers, batch statistics among them, are the network's own.

    optimiser: made over `network.parameters()`.
    """

    def __init__(self, network: nn.Module, optimiser: torch.optim.Optimizer):
        self.optimiser = optimiser
        self.module = copy.deepcopy(network).train()
        for own, original in zip(self.module.modules(), network.modules()):
            if isinstance(own, MATRICES):
                own.bfloat16()
            own._buffers = original._buffers
        self.module.register_forward_pre_hook(lambda module, inputs: tuple(map(_rounded, inputs)))
        self.module.register_forward_hook(lambda module, inputs, output: output.float())
        self.pairs = list(zip(self.module.parameters(), network.parameters()))

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the working copy's gradients."""
        self.module.zero_grad(set_to_none)

    @torch.no_grad()
    def step(self) -> None:
        """Move the float32 weights by the working copy's gradients, and round them into the copy."""
        for own, master in self.pairs:
            if own.grad is None:
                master.grad = None
            elif master.grad is None:
                master.grad = torch.empty_like(master)
        taught = [(master.grad, own.grad) for own, master in self.pairs if own.grad is not None]
        torch._foreach_copy_(*map(list, zip(*taught)))
        self.optimiser.step()
        self.refresh()

    @torch.no_grad()
    def refresh(self) -> None:
        """Round the float32 weights into the working copy, after something else has changed them."""
        torch._foreach_copy_(*map(list, zip(*self.pairs)))


def _rounded(x):
    """Return a tensor of floating-point numbers in bfloat16, anything else as it is."""
    return x.bfloat16() if isinstance(x, torch.Tensor) and x.is_floating_point() else x
