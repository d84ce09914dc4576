"""The checks catch small changes of the solutions: all but those that do the same (tools/mutants_equivalent.py)."""

import ast
import textwrap
from pathlib import Path

import pytest
import torch
from torch import nn

from ganlib.check.catalogue import exercises
from tools.mutants import main, passes, surroundings, survivors
from tools.mutants_changes import KINDS, mutants
from tools.mutants_equivalent import EQUIVALENT
from tools.mutants_impure import ACTED, IMPURE, altered
from tools.pipeline.course import Course
from tools.pipeline.exercises import exercise_sources, solutions

SOURCES = exercise_sources(Course.load(Path(__file__).resolve().parents[1]))
SAMPLE = 12  # each twelfth mutant


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_sample_of_the_mutants_is_caught(source):
    tried, left = survivors(source, every=SAMPLE, first=int(source.stem[:2]))
    assert tried.total() >= 5 and left == []


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_at_least_95_per_cent_of_all_mutants_are_caught(source):
    tried, left = survivors(source)
    assert tried.total() >= 60 and len(left) <= 0.05 * tried.total(), left


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_the_mutants_that_count_as_equivalent_exist_and_pass(source):
    space, by_id = surroundings(source), {one.id: one for one in exercises().values()}
    listed = {key for key in EQUIVALENT if key[0][:2] == source.stem[:2]}
    found = {
        (name, line)
        for name, code in solutions(source)
        for _, line, changed in mutants(code, by_id[name].name)
        if (name, line) in listed and passes(by_id[name], changed, space)
    }
    assert found == listed


CODE = textwrap.dedent("""\
    @torch.no_grad()
    def f(a, b, c):
        d = a.detach()
        net.eval()
        with torch.no_grad():
            e = g(a, b, c)
        return e * 20 + d
""")


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        ("operator", {"return e / 20 + d", "return e * 20 - d", "return d", "return e * 20", "return e + d"}),
        ("constant", {f"return e * {number} + d" for number in (16, 19, 21, 24)}),
        ("swap", {"e = g(b, a, c)", "e = g(a, c, b)"}),
        ("training", {"d = a", "net", "net.train()", "if True:", "def f(a, b, c):"}),
        ("statement", {"pass"}),
        ("seed", {"f = sets_seed(f)"}),
    ],
)
def test_what_is_changed(kind, due):
    found = list(mutants(CODE, "f", [kind]))
    assert due <= {line for _, line, _ in found} and {one for one, _, _ in found} == {kind}
    assert all(ast.parse(changed) for _, _, changed in found)


def test_no_code_comes_twice():
    codes = [changed for _, _, changed in mutants(CODE, "f")]
    assert len(codes) == len(set(codes)) and CODE.strip() not in codes
    assert {kind for kind, _, _ in mutants(CODE, "f")} == set(KINDS)


def given():
    return {"net": nn.Sequential(nn.Dropout(), nn.Linear(2, 2)), "x": torch.zeros(3), "noise": lambda: torch.ones(4)}


def test_what_impure_answers_do():
    seen = {}
    space = {"keep": seen.update}
    code = "def f(net, x, noise, opt):\n    keep(drawn=noise(), optimiser=opt)\n    return x + 1"
    for kind, _, changed in mutants(code, "f", ["writes", "frozen", "mode", "seed", "own"]):
        mine, ACTED[:] = given(), []
        mine["opt"] = torch.optim.Adam(mine["net"].parameters())
        made = dict(space) | {one.__name__: one for one in IMPURE[kind]}
        exec(changed, made)
        assert made["f"](**mine).tolist() == [1, 1, 1]
        seen[kind] = seen.get(kind, 0) + bool(ACTED)
        assert (mine["x"].sum() == 3) == (kind == "writes")
        assert mine["net"][1].weight.requires_grad == (kind != "frozen")
    assert {kind: seen[kind] for kind in IMPURE} == {"writes": 1, "frozen": 1, "mode": 1, "seed": 1, "own": 2}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_an_altered_answer_that_does_nothing_else_passes(source):
    space, by_id = surroundings(source) | {"altered": altered}, {one.id: one for one in exercises().values()}
    for name, code in solutions(source):
        assert passes(by_id[name], f"{code}\n{by_id[name].name} = altered({by_id[name].name})", space), name


def test_the_report_is_by_kind(capsys):
    assert main(["06", "--kinds", "training", "own"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["06_vanilla_gan", "training", "own"]
    assert all("100.0% caught" in line for line in lines)


def test_a_mutant_that_never_ends_is_caught(monkeypatch):
    monkeypatch.setattr("tools.mutants.SECONDS", 1)
    one = exercises()["best_D"]
    assert passes(one, "def best_D(p, q):\n    return p / (p + q)", {})
    assert not passes(one, "def best_D(p, q):\n    while True:\n        pass", {})
