"""The checks catch small changes of the solutions: all but those that do the same (tools/mutants_equivalent.py)."""

import ast
import textwrap
from pathlib import Path

import pytest

from ganlib.check.catalogue import exercises
from tools.mutants import mutants, passes, surroundings, survivors
from tools.mutants_equivalent import EQUIVALENT
from tools.pipeline.course import Course
from tools.pipeline.exercises import exercise_sources, solutions

SOURCES = exercise_sources(Course.load(Path(__file__).resolve().parents[1]))
SAMPLE = 6  # each sixth mutant


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_sample_of_the_mutants_is_caught(source):
    tried, left = survivors(source, every=SAMPLE, first=int(source.stem[:2]))
    assert tried >= 5 and left == []


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_at_least_95_per_cent_of_all_mutants_are_caught(source):
    tried, left = survivors(source)
    assert tried >= 40 and len(left) <= 0.05 * tried, left


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_the_mutants_that_count_as_equivalent_exist_and_pass(source):
    space, by_id = surroundings(source), {one.id: one for one in exercises().values()}
    listed = {key for key in EQUIVALENT if key[0][:2] == source.stem[:2]}
    found = {
        (name, line)
        for name, code in solutions(source)
        for line, changed in mutants(code)
        if (name, line) in listed and passes(by_id[name], changed, space)
    }
    assert found == listed


def test_what_is_changed():
    code = textwrap.dedent("""\
        def f(a, b):
            c = a.detach()
            return g(a, b) * 2 + c
    """)
    lines = {line for line, _ in mutants(code)}
    assert {"c = a", "pass", "return g(b, a) * 2 + c", "return g(a, b) / 2 + c", "return g(a, b) * 2 - c"} <= lines
    assert {"return g(a, b) * 3 + c", "return g(a, b) * 1 + c", "return c"} <= lines
    assert all(ast.parse(changed) for _, changed in mutants(code))


def test_a_mutant_that_never_ends_is_caught(monkeypatch):
    monkeypatch.setattr("tools.mutants.SECONDS", 1)
    one = exercises()["best_D"]
    assert passes(one, "def best_D(p, q):\n    return p / (p + q)", {})
    assert not passes(one, "def best_D(p, q):\n    while True:\n        pass", {})
