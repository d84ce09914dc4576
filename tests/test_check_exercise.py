"""The judge, the check cells, the quiz and the file to hand in."""

import itertools
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch

from ganlib import check
from ganlib.check import catalogue, kept, kernel, questions, signs
from ganlib.check.compare import difference, differing_keys, equal
from ganlib.check.drive import Failure, attempt
from ganlib.check.drive.tools import NoAnswer, Supply, array, pair, scalar_of, weights_of
from ganlib.check.exercise import Exercise, Mistake, judge
from ganlib.check.notebook import ago, verdict_on

ROOT = Path(__file__).resolve().parents[1]


def drive(answer, inputs):
    return {"value": array(answer(inputs["x"])), "double": array(answer(2 * inputs["x"]))}


@pytest.fixture
def square(monkeypatch):
    monkeypatch.setattr("ganlib.check.exercise.driver", lambda *_: drive)
    return Exercise(
        id="99-1", name="square", title="a square", drive="drive",
        inputs=lambda rng, case: {"x": rng.normal(size=3) + 2}, answer=lambda x: x**2,
        mistakes=(Mistake("a cube", lambda x: x**3), Mistake("no root", lambda x: x**0.5)),
    )  # fmt: skip


def said(exercise, answer):
    return verdict_on(exercise, answer)


def test_right_and_wrong_and_not_yet(square):
    def stub(x):
        raise NotImplementedError

    assert said(square, lambda x: x * x).passed
    assert said(square, lambda x: x * x * x).hint == "a cube"
    assert said(square, stub).outcome == "not yet" and "99-1" in said(square, stub).hint
    assert said(square, 7).outcome == "error" and "without brackets" in said(square, 7).hint


def test_an_unknown_mistake_is_described(square):
    assert "sign" in said(square, lambda x: -(x**2)).hint
    assert "3 times what it should be" in said(square, lambda x: 3 * x**2).hint
    assert "off by 1 everywhere" in said(square, lambda x: x**2 + 1).hint
    assert "shape" in said(square, lambda x: (x**2)[:2]).hint
    assert "not finite" in said(square, lambda x: x**2 * np.nan).hint
    assert "None" in said(square, lambda x: None).hint
    assert "numbers" in said(square, lambda x: "nine").hint


def test_a_crash_is_shown_with_its_line(square):
    def broken(x):
        return x.nonsense

    verdict = said(square, broken)
    assert verdict.outcome == "error" and "return x.nonsense" in verdict.hint and "AttributeError" in verdict.hint


def test_a_mistake_is_named_even_if_something_else_is_wrong_too(monkeypatch, square):
    def only_value(answer, inputs):
        return {"value": array(answer(inputs["x"])), "other": array(getattr(answer, "other", 0))}

    monkeypatch.setattr("ganlib.check.exercise.driver", lambda *_: only_value)

    def cube(x):
        return x**3

    cube.other = 1
    assert said(square, cube).hint == "a cube"


def test_inputs_are_copies_and_the_random_state_is_put_back(square):
    def spoils(x):
        x *= 0
        torch.manual_seed(3)
        return x

    torch.manual_seed(0)
    state = torch.get_rng_state()
    given = {"x": np.ones(3)}
    attempt(drive, spoils, given)
    assert given["x"].tolist() == [1, 1, 1] and torch.equal(torch.get_rng_state(), state)


def test_judging_with_other_numbers_gives_the_same_verdict(square):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        assert judge(square, lambda inputs: square.run(lambda x: x**3, inputs), rng).hint == "a cube"


def test_a_broken_reference_is_not_the_student_s_fault(square):
    object.__setattr__(square, "answer", lambda x: x.nonsense)
    with pytest.raises(RuntimeError, match="reference of 99-1"):
        said(square, lambda x: x)


def test_forged_outputs_do_not_pass(square):
    right = square.run(square.answer, {"x": np.ones(3)})
    for forged in ({}, {**right, "more": 1}, {"value": True}, {key: "9" for key in right}, Failure("E", "m")):
        assert not judge(square, lambda inputs, forged=forged: forged, np.random.default_rng(0)).passed


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [
        (1.0, 1.0 + 1e-6, True), (1.0, 1.1, False), (1, 1.0, True), (1, True, False), ([1, 2], [[1, 2]], False),
        (np.nan, np.nan, True), (1.0, np.nan, False), (np.inf, np.inf, True), (1.0, np.inf, False),
        ("a", "a", True), ("a", "b", False), ("1", 1, False), (np.zeros(0), np.zeros(0), True),
    ],
)  # fmt: skip
def test_equal(a, b, alike):
    assert equal(a, b, 1e-4, 1e-5) is alike


def test_differences_in_words():
    assert differing_keys({"a": 1, "b": 2}, {"b": 2, "c": 3}, 0, 0) == ["a", "c"]
    assert difference("loss_D", 1.0, None) == "There is no loss_D."
    assert difference("x", np.ones(2), np.zeros(2)) == "x is zero where it should not be."


def test_tools_of_the_drivers():
    supply = Supply([np.zeros((4, 2)), np.ones((4, 2))])
    assert supply(3).shape == (3, 2) and supply().sum() == 8 and supply.calls == 2
    with pytest.raises(NoAnswer, match="return a tensor"):
        scalar_of(3.0)
    with pytest.raises(NoAnswer, match="No gradient"):
        scalar_of(torch.ones(2))
    weights = [np.ones((3, 2)), np.zeros(3)]
    G, D = pair({"G": weights, "D": [np.ones((1, 3)), np.zeros(1)]})
    assert D(G(torch.zeros(5, 2))).shape == (5,) and weights_of(G).tolist() == [1] * 6 + [0] * 3


def test_the_public_face():
    assert "loss_D" in dir(check) and "hand_in" in dir(check)
    with pytest.raises(AttributeError, match="there is no exercise called 'loss_X'"):
        check.loss_X  # noqa: B018
    assert "06-2" in repr(check.loss_D)


def test_ids_and_names_are_of_one_form():
    for name, one in catalogue.exercises().items():
        assert name.isidentifier() and one.title and one.id[2] == "-"
        assert callable(getattr(check, name))
    for number in (f"{n:02}" for n in range(1, 11)):
        assert 3 <= len(catalogue.of_notebook(number)) <= 6


def test_state_is_kept_in_the_kernel(capsys, monkeypatch):
    monkeypatch.setattr(kept, "NOW", {})
    check.best_D(lambda p, q: p / (p + q))
    check.loss_G(lambda f: f)
    check.state("06")
    text = capsys.readouterr().out
    assert "✓ 06-1   best_D     passed" in text and "✗ 06-3   loss_G     wrong" in text
    assert "· 06-2   loss_D     not checked" in text and "1 of 6 passed" in text
    with pytest.raises(ValueError, match="two digits"):
        check.state("6")


@pytest.mark.parametrize("name", questions.QUESTIONS)
def test_each_question_explains_every_option(name, capsys):
    options = questions.options_of(name)
    right = "".join(letter for letter, option in options.items() if option["right"])
    check.quiz(name, right)
    text = capsys.readouterr().out
    assert text.startswith(f"✓ {name}: passed\n") and text.count("\n") == 1 + len(options)
    check.quiz(name, "")
    assert "not yet" in capsys.readouterr().out
    check.quiz(name, "z")
    assert "no option z" in capsys.readouterr().out
    assert all(option["because"] and option["text"] for option in options.values())


def asked(capsys, *arguments, **named):
    capsys.readouterr()
    check.quiz(*arguments, **named)
    return capsys.readouterr().out


@pytest.mark.parametrize("name", questions.QUESTIONS)
def test_a_wrong_quiz_answer_explains_what_was_chosen_wrongly_and_nothing_else(name, capsys):
    options = questions.options_of(name)
    right = {letter for letter, option in options.items() if option["right"]}
    for size in range(1, len(options) + 1):
        for chosen in map(set, itertools.combinations(options, size)):
            text = asked(capsys, name, "".join(chosen))
            explained = {letter for letter, option in options.items() if option["because"] in text}
            if chosen == right:
                assert explained == set(options)
                continue
            assert text.startswith(f"✗ {name}: wrong. ") and explained == chosen - right
            named = set(text.splitlines()[0].partition("wrong. ")[2].replace("again", "").split()) & set(options)
            assert named == chosen - right
            text = asked(capsys, name, "".join(chosen), explain=True)
            assert all(option["because"] in text for option in options.values())
    text = asked(capsys, name, "", explain=True)
    assert not any(option["because"] in text for option in options.values())


def test_there_is_no_other_question():
    with pytest.raises(ValueError, match="no question '06-q9'"):
        check.quiz("06-q9", "a")


HISTORY = [
    "from ganlib import check",
    "# EXERCISE: 06-2 (keep this line)\ndef loss_D(r, f):\n    return 1",
    "def helper():\n    return 2",
    "check.loss_D(loss_D)",
    "# EXERCISE: 06-2 (keep this line)\ndef loss_D(r, f):\n    return helper()",
    "# EXERCISE: 06-1 (keep this line)\ndef best_D(p, q):\n    return p",
    "from ganlib import check",
]


@pytest.fixture
def shell(monkeypatch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    history = types.SimpleNamespace(input_hist_raw=HISTORY)
    shell = types.SimpleNamespace(history_manager=history, user_ns={"_dh": [folder]})
    monkeypatch.setattr(kept, "NOW", {})
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr("ganlib.runtime.in_colab", lambda: False)
    return shell


def test_the_file_to_hand_in_is_a_notebook_with_the_last_version_of_each_answer(shell, tmp_path, capsys):
    nbformat = pytest.importorskip("nbformat")
    check.hand_in("Ann O'Nym 7", folder=tmp_path)
    (path,) = tmp_path.iterdir()
    assert path.name == "hand_in_06_Ann_O_Nym_7.ipynb"
    made = nbformat.read(path, as_version=4)
    nbformat.validate(made)
    sources = [cell.source for cell in made.cells]
    assert sources == [HISTORY[2], HISTORY[0], HISTORY[5], HISTORY[4]]
    assert json.loads(path.read_text())["metadata"]["ganlib"]["student"] == "Ann O'Nym 7"
    text = capsys.readouterr().out
    assert "with 06-1, 06-2" in text and "06-3" in text


def test_handing_in_asks_for_a_name_and_for_answers(shell, monkeypatch, tmp_path):
    with pytest.raises(ValueError, match="whose is it"):
        check.hand_in(" ")
    monkeypatch.setattr(kernel, "history", lambda: ["x = 1"])
    with pytest.raises(ValueError, match="no answer cell"):
        check.hand_in("me", folder=tmp_path)


def test_handing_in_works_in_a_notebook_only(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    with pytest.raises(RuntimeError, match="works in a notebook"):
        check.hand_in("me")


def test_signs_differ_without_colour_and_colour_is_for_pages_alone(shell, monkeypatch, capsys):
    outcomes = ("passed", "wrong", "error", "not yet", "not checked")
    assert len({signs.sign(outcome) for outcome in outcomes}) == 5 and "\x1b" not in signs.sign("passed")
    shell.kernel = object()
    assert signs.sign("passed") == "\x1b[32m✓\x1b[0m" and signs.sign("wrong") == "\x1b[31m✗\x1b[0m"
    assert signs.sign("passed", now=False) == "✓"
    monkeypatch.setenv("NO_COLOR", "1")
    assert signs.sign("passed") == "✓"
    monkeypatch.setattr(signs, "can_print", lambda text: False)
    assert {signs.sign(outcome) for outcome in outcomes} == {"+", "x", "!", ".", "-"}


def test_where_there_is_no_such_letter_signs_are_plain():
    program = "from ganlib import check; check.best_D(lambda p, q: p / (p + q)); check.state('06')"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"+ 06-1 best_D: passed") and b"\x1b" not in done.stdout


def test_how_long_ago(monkeypatch):
    monkeypatch.setattr("time.time", lambda: 1e9)
    seconds = {"just now": 59, "1 minute ago": 60, "59 minutes ago": 3599, "2 hours ago": 7200, "1 day ago": 90_000}
    assert {ago(1e9 - past) for past in seconds.values()} == set(seconds)
    assert ago(2e9) == "just now"
