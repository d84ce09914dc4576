"""What drivers share: plain arrays to tensors and small networks, and back to plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn


class NoAnswer(Exception):  # noqa: N818
    """The answer came back as something that can't be looked at; the message tells the student what to do."""


def tensor(values: Any) -> torch.Tensor:
    """Return a new CPU tensor of an input array; float64 becomes torch's usual float32."""
    made = torch.tensor(np.asarray(values))
    return made.float() if made.dtype == torch.float64 else made


def leaf(values: Any) -> torch.Tensor:
    """Return a tensor as `tensor` does, whose gradient will be recorded."""
    return tensor(values).requires_grad_(True)


def array(value: Any, what: str = "your function") -> np.ndarray:
    """Return the numbers of a tensor, an array, a number or a list of those.

    Raises:
        NoAnswer: if there are none; `what` names the place where they were expected.
    """
    if value is None:
        raise NoAnswer(f"{what} returned None. Does it end with a `return`?")
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    elif isinstance(value, list | tuple) and any(isinstance(item, torch.Tensor) for item in value):
        value = [array(item, what) for item in value]
    try:
        found = np.asarray(value)
    except ValueError:
        found = np.asarray(None)
    if found.dtype.kind not in "biuf":
        raise NoAnswer(f"{what} returned {type(value).__name__!r} where numbers were expected.")
    return found


def scalar_of(value: Any, what: str = "your function") -> torch.Tensor:
    """Return the tensor to call backward() on: the value itself, summed if it has more than one entry.

    Raises:
        NoAnswer: if it is no tensor, or no gradient leads back from it.
    """
    if value is None:
        raise NoAnswer(f"{what} returned None. Does it end with a `return`?")
    if not isinstance(value, torch.Tensor):
        raise NoAnswer(f"{what} returned {type(value).__name__!r}: return a tensor, so that backward() can be called.")
    if not value.requires_grad:
        raise NoAnswer(f"No gradient leads back from what {what} returned: no detach(), no item(), no no_grad here.")
    return value.sum()


def gradient(*leaves: torch.Tensor) -> list[np.ndarray]:
    """Return the gradients that backward() left in some tensors, zeros where it left none."""
    return [array(torch.zeros_like(one) if one.grad is None else one.grad) for one in leaves]


def cuts_off(answer: Callable, first: Any, *others: Any) -> int:
    """Return 1 if an answer that works on tensors lets no gradient through to its first argument, else 0."""
    if not isinstance(answer(tensor(first), *others), torch.Tensor):
        return 0
    try:
        return int(not answer(leaf(first), *others).requires_grad)
    except RuntimeError:  # on its way it makes a NumPy array, which knows nothing of gradients and says so
        return 0


def network(weights: Sequence[Any], last: nn.Module | None = None, leak: float = 0.2) -> nn.Sequential:
    """Return a multilayer perceptron with LeakyReLU between its layers, made of `[W1, b1, W2, b2, ...]`.

    W: (out, in), b: (out,). `last` is a further layer at the end, such as `nn.Flatten(0)` for a discriminator.
    """
    layers: list[nn.Module] = []
    for W, b in zip(weights[::2], weights[1::2]):
        layer = nn.Linear(np.shape(W)[1], np.shape(W)[0])
        layer.weight = nn.Parameter(tensor(W))
        layer.bias = nn.Parameter(tensor(b))
        layers += [layer, nn.LeakyReLU(leak)]
    return nn.Sequential(*layers[:-1], *([] if last is None else [last]))


def pair(inputs: dict) -> tuple[nn.Module, nn.Module]:
    """Return the (G, D) of the weights in `inputs["G"]` and `inputs["D"]`; D returns logits: (N,)."""
    return network(inputs["G"], nn.Tanh()), network(inputs["D"], nn.Flatten(0))


def weights_of(network: nn.Module) -> np.ndarray:
    """Return all parameters of a network in one row."""
    return np.concatenate([array(parameter).ravel() for parameter in network.parameters()])


def gradients_of(network: nn.Module) -> np.ndarray:
    """Return the gradients of all parameters of a network in one row, zeros where there are none."""
    return np.concatenate([one.ravel() for one in gradient(*network.parameters())])


class Supply:
    """Hands out one prepared batch after the other, as `noise()` does in the lectures, and counts the calls.

    A number of rows may be asked for, as in `noise(8)`; more calls than batches start again from the first.
    """

    def __init__(self, batches: Sequence[Any]):
        self.batches, self.calls = [tensor(batch) for batch in batches], 0

    def __call__(self, n: int | None = None) -> torch.Tensor:
        batch = self.batches[self.calls % len(self.batches)]
        self.calls += 1
        return batch.clone() if n is None else batch[:n].clone()


class Recorder(nn.Module):
    """A network that keeps the batches that it was shown, and otherwise behaves like the one inside."""

    def __init__(self, inside: nn.Module):
        super().__init__()
        self.inside = inside
        self.seen: list[torch.Tensor] = []
        self.modes: list[bool] = []

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        self.seen.append(inputs[0].detach().clone())
        self.modes.append(self.training)
        return self.inside(*inputs)


Driver = Callable[[Callable, dict], dict]
