"""No exercise of the course can be passed without its inputs: forged numbers, of whatever right shape, never do."""

from dataclasses import replace

import numpy as np
import pytest

from ganlib.check.catalogue import exercises
from ganlib.check.exercise import judge

EXERCISES = [replace(one, mistakes=(), explain=None) for one in exercises().values()]  # no hints: only who passes
# What is right is a distribution, so that whoever knows it can send it without drawing: docs/sandbox.md says so.
A_DISTRIBUTION = {"07-2", "08-3"}


def like(value, make):
    """Return a value of the same form with other numbers."""
    if isinstance(value, list):
        return [like(item, make) for item in value]
    if isinstance(value, str):
        return value
    found = np.asarray(value)
    return make(found).astype(found.dtype).reshape(found.shape)


FORGERIES = {
    "zeros": lambda a: np.zeros(a.shape),
    "ones": lambda a: np.ones(a.shape),
    "noise": lambda a: np.random.default_rng(5).normal(size=a.shape),
    "not a number": lambda a: np.full(a.shape, np.nan) if a.dtype.kind == "f" else a,
    "infinite": lambda a: np.full(a.shape, np.inf) if a.dtype.kind == "f" else a,
    "ten per cent more": lambda a: a * 1.1 if a.dtype.kind == "f" else a,
    "sign": lambda a: -a if a.dtype.kind == "f" else a,
}


def numbers(outputs):
    """Return the numbers in some outputs as text; empty arrays of other types have none."""
    return [[np.asarray(value).ravel().tolist() for value in one.values()] for one in outputs]


def due(exercise, seed):
    """Return what the reference makes of a seed's cases."""
    rng = np.random.default_rng(seed)
    return [exercise.run(exercise.answer, exercise.inputs(rng, number)) for number in range(exercise.cases)]


def verdict(exercise, outputs, seed=1):
    """Judge outputs that depend on nothing but the case's number."""
    replies = iter([*outputs, outputs[0]])  # the first inputs are asked twice
    with np.errstate(all="ignore"):
        return judge(exercise, lambda inputs: next(replies), np.random.default_rng(seed))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_forged_numbers_do_not_pass(exercise):
    right = due(exercise, 1)
    assert verdict(exercise, right).passed
    again = verdict(exercise, due(exercise, 2)).passed
    assert not again or exercise.id in A_DISTRIBUTION, "what was right in another run is right in every run"
    assert not verdict(exercise, [{}] * exercise.cases).passed
    assert not verdict(exercise, [outputs | {"further": 1.0} for outputs in right]).passed
    for name, make in FORGERIES.items():
        forged = [{key: like(value, make) for key, value in outputs.items()} for outputs in right]
        changed = any(str(one) != str(other) for one, other in zip(forged, right))
        passed = verdict(exercise, forged).passed
        assert not (changed and passed) or (exercise.id in A_DISTRIBUTION and numbers(forged) == numbers(right)), name


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_a_part_that_depends_on_the_inputs_is_hard_to_guess(exercise):
    """What changes between two runs must be more than a few yes or no: at least 30 bits in all cases together."""
    bits = 0.0
    for one, other in zip(due(exercise, 1), due(exercise, 2)):
        for key, value in one.items():
            a, b = np.asarray(value), np.asarray(other.get(key))
            changed = int((a != b).sum()) if a.shape == b.shape else a.size
            bits += changed * {"f": 10, "i": 4}.get(a.dtype.kind, 1)
    assert bits >= (0 if exercise.id in A_DISTRIBUTION else 30)
