"""Answers that also do what they should not: write into their arguments, leave networks frozen, use their own noise.

Each function takes an answer, a function or a class with a `forward`, and returns one that computes the same besides.
ACTED holds what came about in the calls since it was last emptied: without a network to freeze, nothing does.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

ACTED: list[str] = []
DRAWN = ("noise", "z", "u", "labels", "generator", "rng")  # arguments that bring chance from outside


def altered(answer: Any, before: Callable[[dict], None] | None = None, after: Callable[[dict], None] | None = None):
    """Return the answer with something done to its arguments by name, before and after each call."""
    if isinstance(answer, type):
        answer.forward = altered(answer.forward, before, after)
        return answer
    signature = inspect.signature(answer)

    @functools.wraps(answer)
    def call(*given: Any, **named: Any) -> Any:
        bound = signature.bind(*given, **named)
        handed = dict(bound.arguments)  # as they came, whatever `before` puts in their place
        if before:
            before(bound.arguments)
        result = answer(*bound.args, **bound.kwargs)
        if after:
            after(handed)
        return result

    return call


def parts(values: Iterable) -> Iterator[Any]:
    """Yield the values, and those that lists among them hold."""
    for value in values:
        yield from parts(value) if isinstance(value, list | tuple) else [value]


def writes(answer: Any) -> Any:
    """Add one to the first tensor or array given, after the result is there."""
    return altered(answer, after=write)


def write(arguments: dict) -> None:
    for value in parts(arguments.values()):
        if isinstance(value, torch.Tensor):
            value = value.data
        elif not isinstance(value, np.ndarray):
            continue
        value[...] = ~value if value.dtype in (torch.bool, np.dtype(bool)) else value + 1
        return ACTED.append("writes")


def leaves_frozen(answer: Any) -> Any:
    """Leave the networks given without gradients."""
    return altered(answer, after=freeze)


def freeze(arguments: dict) -> None:
    for value in parts(arguments.values()):
        if isinstance(value, nn.Module) and any(one.requires_grad for one in value.parameters()):
            value.requires_grad_(False)
            ACTED.append("frozen")


def leaves_training(answer: Any) -> Any:
    """Leave the networks given in training mode."""
    return altered(answer, after=lambda arguments: switch(arguments, True))


def leaves_evaluation(answer: Any) -> Any:
    """Leave the networks given in evaluation mode."""
    return altered(answer, after=lambda arguments: switch(arguments, False))


def switch(arguments: dict, mode: bool) -> None:
    for value in parts(arguments.values()):
        if isinstance(value, nn.Module) and any(module.training is not mode for module in value.modules()):
            value.train(mode)
            ACTED.append("mode")


def sets_seed(answer: Any) -> Any:
    """Seed everybody's random numbers at the start."""
    return altered(answer, before=seed)


def seed(_: dict) -> None:
    torch.manual_seed(0)
    ACTED.append("seed")


def own_optimiser(answer: Any) -> Any:
    """Take steps of SGD with a rate of 0.1, whatever optimiser is given."""
    return altered(answer, before=replace_optimisers)


def replace_optimisers(arguments: dict) -> None:
    for name, value in arguments.items():
        if isinstance(value, torch.optim.Optimizer):
            arguments[name] = torch.optim.SGD([one for group in value.param_groups for one in group["params"]], lr=0.1)
            ACTED.append("own optimiser")


def own_noise(answer: Any) -> Any:
    """Draw noise and labels anew, whatever is given."""
    return altered(answer, before=replace_noise)


def replace_noise(arguments: dict) -> None:
    for name in set(arguments) & set(DRAWN):
        given = arguments[name]
        if isinstance(given, torch.Tensor):
            arguments[name] = drawn_like(given)
        elif isinstance(given, torch.Generator):
            arguments[name] = torch.Generator()
        elif callable(given):
            arguments[name] = lambda *more, given=given: drawn_like(given(*more))
        else:
            continue
        ACTED.append("own noise")


def drawn_like(given: torch.Tensor) -> torch.Tensor:
    """Return a tensor of the same shape, of Gaussian numbers, or of whole ones from 0 to the largest given."""
    if given.is_floating_point():
        return torch.randn_like(given)
    return torch.randint_like(given, int(given.max()) + 1)


IMPURE: dict[str, tuple[Callable, ...]] = {  # by kind
    "writes": (writes,),
    "frozen": (leaves_frozen,),
    "mode": (leaves_training, leaves_evaluation),
    "seed": (sets_seed,),
    "own": (own_optimiser, own_noise),
}
