"""Every exercise's check passes what is right in any style, and names the mistake of what is wrong."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganlib.check.catalogue import exercises
from ganlib.check.exercise import judge
from ganlib.check.notebook import verdict_on

FOLDER = Path(__file__).parent / "checks"
FEWEST_STYLES, FEWEST_MISTAKES = 2, 5


def load(path):
    """Return the module of a file in checks/, which is data for this test and no package."""
    spec = importlib.util.spec_from_file_location(f"checks_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tables(title):
    """Return exercise -> entries of the tables of that name in all files; several files may speak of one exercise."""
    found = {}
    for module in DATA.values():
        for name, entries in getattr(module, title, {}).items():
            found.setdefault(name, []).extend(entries)
    return found


DATA = {path.stem: load(path) for path in sorted(FOLDER.glob("nb*.py"))}
STYLES = tables("STYLES")
WRONG = tables("WRONG")
# exercise -> (kind, wrong answer): answers that passed once, or would if a check looked at the result alone
ATTACKS = tables("ATTACKS")
KINDS = {"state", "unused", "tolerance", "easy inputs", "seed", "mutant"}
SEEDS = range(20)


def places(table):
    return [(name, place) for name, entries in table.items() for place in range(len(entries))]


@pytest.mark.parametrize("name", exercises())
def test_the_reference_passes_and_the_stub_is_not_yet(name):
    def stub(*arguments):
        raise NotImplementedError

    one = exercises()[name]
    assert str(verdict_on(one, one.answer)) == f"{one.id} {name}: passed"
    assert verdict_on(one, stub).outcome == "not yet"


@pytest.mark.parametrize(("name", "place"), places(STYLES))
def test_another_right_style_passes(name, place):
    verdict = verdict_on(exercises()[name], STYLES[name][place])
    assert verdict.passed, str(verdict)


@pytest.mark.parametrize(("name", "place"), places(WRONG))
def test_a_wrong_answer_gets_the_right_hint(name, place):
    answer, part = WRONG[name][place]
    verdict = verdict_on(exercises()[name], answer)
    assert verdict.outcome in ("wrong", "error") and part in verdict.hint, str(verdict)


def passed_for(name, answer, seeds=SEEDS):
    """Return the seeds of the inputs for which an answer passes, as the grader draws them."""
    bare = replace(exercises()[name], mistakes=(), explain=None)
    return [
        seed
        for seed in seeds
        if judge(bare, lambda inputs: bare.run(answer, inputs), np.random.default_rng([seed, 7])).passed
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "place"), places(STYLES))
def test_what_is_right_passes_for_every_seed(name, place):
    assert passed_for(name, STYLES[name][place]) == list(SEEDS)


@pytest.mark.slow
@pytest.mark.parametrize("name", exercises())
def test_what_is_wrong_passes_for_no_seed(name):
    wrong = [*(mistake.answer for mistake in exercises()[name].mistakes), *(answer for answer, _ in WRONG[name])]
    assert [passed_for(name, answer) for answer in wrong] == [[]] * len(wrong)
    assert passed_for(name, exercises()[name].answer) == list(SEEDS)


@pytest.mark.parametrize("name", exercises())
def test_there_are_enough_styles_and_mistakes(name):
    assert len(STYLES[name]) >= FEWEST_STYLES
    assert len(WRONG[name]) >= FEWEST_MISTAKES


@pytest.mark.parametrize("name", exercises())
def test_each_listed_mistake_gets_its_own_hint(name):
    one = exercises()[name]
    for mistake in one.mistakes:
        assert len(mistake.hint) < 260
        assert verdict_on(one, mistake.answer).hint == mistake.hint
