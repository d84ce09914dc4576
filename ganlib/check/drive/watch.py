"""What an answer leaves behind: arguments changed in place, players left frozen, a seed that was set for everybody.

Each call of an answer is watched. What it changed besides its result becomes an output of its own, in words that the
judge compares with those of the reference: a step of training may change weights, a loss may not.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

LEFT = "what else was changed"
MOST_TWISTS = 2_000  # how far a generator of numbers may have moved on by itself: a million numbers
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


class Watched:
    """An answer, called as before; `left` lists what its calls changed besides, each thing once."""

    def __init__(self, answer: Callable, names: list[str]):
        """names: of the arguments, in order."""
        self.answer, self.names, self.left = answer, names, []

    def __call__(self, *given: Any, **named: Any) -> Any:
        pairs = [*zip([*self.names, *(f"argument {n}" for n in range(len(self.names) + 1, 99))], given), *named.items()]
        held = any(isinstance(value, torch.optim.Optimizer) for _, value in pairs)
        before = {name: dict(traits(name, value, held)) for name, value in pairs}
        around = surroundings()
        result = self.answer(*given, **named)
        for name, value in pairs:
            self.note(before[name], dict(traits(name, value, held)))
        self.note(around, surroundings())
        return result

    def note(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        for what in [*before, *(what for what in after if what not in before)]:
            changed = what not in before or what not in after or not unchanged(before[what], after[what])
            if changed and what not in self.left:
                self.left.append(what)


def names_of(drive: Callable) -> list[str]:
    """Return the arguments' names that a driver's docstring gives: `f(x: (N, D), y) -> ...` gives x and y."""
    call = re.match(r"\s*\w+\((.*)", drive.__doc__ or "", re.DOTALL)
    names, depth = [""], 0
    for letter in call[1] if call else ")":
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(letter, 0)
        if depth < 0:
            break
        if letter == "," and not depth:
            names.append("")
        else:
            names[-1] += letter
    found = [name.split(":")[0].strip() for name in names]
    return [name if name.isidentifier() else f"argument {place}" for place, name in enumerate(found, start=1)]


def traits(name: str, value: Any, held: bool) -> Iterator[tuple[str, Any]]:
    """Yield (what, as it is now) of an argument, `what` being the sentence to say if it changes.

    held: an optimiser holds the parameters, so that others in their place would never be trained.
    """
    if isinstance(value, torch.Tensor):
        yield f"the values of {name}", value.detach().clone()
        yield f"whether gradients for {name} are recorded", (value.requires_grad, value.is_leaf)
        if value.is_leaf:
            yield f"the gradient that lies in {name}", None if value.grad is None else value.grad.clone()
    elif isinstance(value, np.ndarray):
        yield f"the values of {name}", value.copy()
    elif isinstance(value, nn.Module):
        yield from traits_of_network(name, value, held)
    elif isinstance(value, torch.optim.Optimizer):
        groups = [{key: one for key, one in group.items() if key != "params"} for group in value.param_groups]
        yield f"the settings of {name}", repr(groups)
        yield f"what {name} trains", [id(one) for group in value.param_groups for one in group["params"]]
    elif isinstance(value, list | tuple):
        yield f"the length of {name}", len(value)
        for place, item in enumerate(value):
            yield from traits(f"{name}[{place}]", item, held)
    elif isinstance(value, dict):
        yield f"the keys of {name}", list(map(str, value))
        for key, item in value.items():
            yield from traits(f"{name}[{key!r}]", item, held)


def traits_of_network(name: str, network: nn.Module, held: bool) -> Iterator[tuple[str, Any]]:
    parameters, buffers = dict(network.named_parameters()), dict(network.named_buffers())
    yield f"the mode of {name} or of a part of it (training or evaluation)", [m.training for m in network.modules()]
    yield f"which parameters of {name} can be trained (requires_grad)", [p.requires_grad for p in parameters.values()]
    yield f"the parameters of {name}: they hang on a graph", [p.is_leaf for p in parameters.values()]
    yield f"the statistics of {name}: they hang on a graph", [b.grad_fn is None for b in buffers.values()]
    yield f"the weights of {name}", [p.detach().clone() for p in parameters.values()]
    yield f"the statistics of {name}", [b.detach().clone() for b in buffers.values()]
    yield f"the names of the parts of {name}", [*parameters, *buffers]
    hooks = [len(getattr(module, kind)) for module in network.modules() for kind in HOOKS]
    yield f"the hooks of {name}", hooks
    if held:
        yield f"the parameters of {name}: others stand in their place", [id(p) for p in parameters.values()]


def surroundings() -> dict[str, Any]:
    """Return what belongs to everybody."""
    return {
        "whether gradients are recorded at all": (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
        "torch's default dtype": torch.get_default_dtype(),
        "the seed of torch's random numbers": torch.initial_seed(),
        "the seed of NumPy's random numbers": Twister(words_of(np.random.get_state())),  # noqa: NPY002  (students seed it)
        "the seed of Python's random numbers": Twister(np.array(random.getstate()[1][:-1], dtype=np.uint32)),
    }


def words_of(state: Any) -> np.ndarray:
    """Return the 624 words in a state as NumPy returns it: a tuple, which its annotations call a dictionary as well."""
    return state[1]


class Twister:
    """The 624 words of a Mersenne twister. Drawing numbers moves them on, a seed puts others in their place."""

    def __init__(self, words: np.ndarray):
        self.words = words.copy()

    def leads_to(self, other: Twister) -> bool:
        """Say whether drawing a moderate amount of numbers turns these words into the other's."""
        if np.array_equal(self.words, other.words):
            return True
        generator = np.random.RandomState()  # noqa: NPY002  (the twister that is looked at)
        generator.set_state(("MT19937", self.words, 624, 0, 0.0))
        for _ in range(MOST_TWISTS):
            generator.bytes(4 * 624)
            if np.array_equal(words_of(generator.get_state()), other.words):
                return True
        return False


def unchanged(before: Any, after: Any) -> bool:
    """Say whether a trait is what it was, numbers bit for bit."""
    if isinstance(before, Twister):
        return before.leads_to(after)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(unchanged, before, after))
    if isinstance(before, torch.Tensor) and isinstance(after, torch.Tensor):
        same = before.shape == after.shape and before.dtype == after.dtype
        return same and bool(((before == after) | (before.ne(before) & after.ne(after))).all())
    if isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
        return before.dtype == after.dtype and np.array_equal(before, after, equal_nan=before.dtype.kind == "f")
    return type(before) is type(after) and bool(before == after)
