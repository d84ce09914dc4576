"""What an answer changes besides its result is seen, and what any honest answer does is not held against it."""

import random

import numpy as np
import pytest
import torch
from torch import nn

from ganlib.check.catalogue import exercises
from ganlib.check.drive import LEFT, attempt
from ganlib.check.drive.watch import names_of
from ganlib.check.exercise import AGAIN
from ganlib.check.notebook import verdict_on


def drive(answer, inputs):
    """double(x: (N, 2), G, opt) -> 2 x."""
    G = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 1)))
    return {"x": answer(torch.tensor(inputs["x"]), G, torch.optim.Adam(G.parameters()))}


def left(spoil):
    """Return what is said of an answer that calls `spoil(x, G, opt)` before it returns."""

    def double(x, G, opt):
        doubled = 2 * x
        spoil(x, G, opt)
        return doubled.detach().numpy()

    found = attempt(drive, double, {"x": np.ones((3, 2), dtype=np.float32)})
    assert isinstance(found, dict), found
    return found[LEFT]


def other_parameter(x, G, opt):
    G[0].weight = nn.Parameter(G[0].weight.detach().clone())


def graph_on_a_parameter(x, G, opt):
    weight = G[0].weight
    del G[0].weight
    G[0].weight = weight * 1


def graph_on_a_buffer(x, G, opt):
    G[1][0].running_mean = G[1][0].running_mean + 0 * G[1][0].weight


def set_rate(x, G, opt):
    opt.param_groups[0]["lr"] = 7.0


SPOILT = {
    "the values of x": lambda x, G, opt: x.add_(1),
    "whether gradients for x are recorded": lambda x, G, opt: x.requires_grad_(),
    "the mode of G or of a part of it (training or evaluation)": lambda x, G, opt: G[1][0].eval(),
    "which parameters of G can be trained (requires_grad)": lambda x, G, opt: G[0].bias.requires_grad_(False),
    "the parameters of G: they hang on a graph": graph_on_a_parameter,
    "the statistics of G: they hang on a graph": graph_on_a_buffer,
    "the weights of G": lambda x, G, opt: G[0].bias.data.add_(1e-6),
    "the statistics of G": lambda x, G, opt: G(x),
    "the hooks of G": lambda x, G, opt: G[0].register_forward_hook(print),
    "the parameters of G: others stand in their place": other_parameter,
    "the settings of opt": set_rate,
    "what opt trains": lambda x, G, opt: opt.add_param_group({"params": [nn.Parameter(x.clone())]}),
    "whether gradients are recorded at all": lambda x, G, opt: torch.set_grad_enabled(False),
    "torch's default dtype": lambda x, G, opt: torch.set_default_dtype(torch.float64),
    "the seed of torch's random numbers": lambda x, G, opt: torch.manual_seed(3),
    "the seed of NumPy's random numbers": lambda x, G, opt: np.random.seed(3),  # noqa: NPY002
    "the seed of Python's random numbers": lambda x, G, opt: random.seed(3),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_is_left_behind_is_named(what):
    try:
        assert what in left(SPOILT[what])
    finally:
        torch.set_default_dtype(torch.float32)


def trains_and_puts_back(x, G, opt):
    G.eval()
    G(x)
    G.train()
    frozen = list(G.parameters())
    for parameter in frozen:
        parameter.requires_grad_(False)
    for parameter in frozen:
        parameter.requires_grad_(True)
    opt.zero_grad()


@pytest.mark.parametrize(
    "harmless",
    [
        lambda x, G, opt: None,
        trains_and_puts_back,
        lambda x, G, opt: torch.randn(1000),
        lambda x, G, opt: nn.Conv2d(3, 3, 3),
        lambda x, G, opt: np.random.rand(5000),  # noqa: NPY002
        lambda x, G, opt: [random.random() for _ in range(3000)],
    ],
)
def test_what_an_honest_answer_does_is_not(harmless):
    assert left(harmless) == []


def test_the_names_are_those_of_the_docstring():
    assert names_of(drive) == ["x", "G", "opt"]

    def other(answer, inputs):
        """f(layers: [(a, b), ...], "A" or "B", n) -> (N,)."""

    assert names_of(other) == ["layers", "argument 2", "n"]
    assert names_of(lambda answer, inputs: {}) == ["argument 1"]


def test_an_answer_that_keeps_something_from_call_to_call_is_wrong():
    seen = {}

    def best_D(p, q):
        seen[len(p)] = seen.get(len(p), 0) + 1
        return p / (p + q) if seen[len(p)] < 3 else p

    one = exercises()["best_D"]
    for _ in range(3):
        verdict = verdict_on(one, best_D)
    assert not verdict.passed
    kept = []

    def once(p, q):
        kept.append(p)
        return p / (p + q) if len(kept) <= one.cases else q

    assert verdict_on(one, once).hint == AGAIN


@pytest.mark.parametrize("library", [np.random, random], ids=["NumPy", "Python"])
def test_a_seed_is_seen_even_if_it_was_set_before_and_the_states_are_put_back(library):
    library.seed(0)
    before = repr(np.random.get_state()), random.getstate()
    assert left(lambda x, G, opt: library.seed(0)) != []
    assert (repr(np.random.get_state()), random.getstate()) == before
