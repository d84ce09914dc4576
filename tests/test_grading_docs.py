"""What docs/grading.md tells people to type can be typed."""

import re
import shlex
from pathlib import Path

import pytest

from ganlib.__main__ import parser
from ganlib.grading.grade import OUTCOMES
from ganlib.grading.report import markup, points
from ganlib.grading.report.late import read_rule

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "grading.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = [shlex.split(line, comments=True) for kind, block in BLOCKS if not kind for line in block.splitlines()]
GRADE = [words[3:] for words in COMMANDS if words[1:4] == ["-m", "ganlib", "grade"]]


def test_there_is_something_to_test():
    assert len(GRADE) >= 5 and any("--compare" in words for words in GRADE) and any("--due" in words for words in GRADE)


@pytest.mark.parametrize("words", GRADE, ids=" ".join)
def test_each_command_is_understood(words):
    options = parser("grade").parse_args(words)
    assert options.compare or options.submissions
    read_rule(options.due, options.late_penalty, options.late_at_most, options.grace)


def test_python_is_the_environments_own():
    assert not [words for words in COMMANDS if words and words[0] in ("python", "python3", "pip", "dask")]
    assert all(words[0] == ".venv/bin/python" for words in COMMANDS if "ganlib" in words)


def test_what_make_is_asked_for_is_there():
    makefile = (ROOT / "Makefile").read_text().replace("$(VENV)", ".venv")
    asked = [words[1] for words in COMMANDS if words and words[0] == "make"]
    assert asked and all(re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE) for target in asked)


def test_the_options_that_are_named_exist():
    known = {
        name
        for action in parser("grade")._subparsers._group_actions[0].choices["grade"]._actions
        for name in action.option_strings
    }
    named = set(re.findall(r"`(--[a-z-]+)", TEXT))
    assert named <= known, named - known


def test_every_outcome_is_explained_with_its_sign():
    assert all(f"| {markup.SIGNS[name]} | {name} |" in TEXT for name in OUTCOMES)


def test_the_files_of_points_are_read(tmp_path):
    (own,) = [block for kind, block in BLOCKS if kind == "toml"]
    path = tmp_path / "my_points.toml"
    path.write_text(own)
    assert points.read_points(path).of("06-2") == 3 and points.read_points(path).of("06-1") == 2


def test_the_overrides_are_read(tmp_path):
    from ganlib.grading.report.overrides import read_overrides

    (own,) = [block for _, block in BLOCKS if block.startswith("student,exercise")]
    path = tmp_path / "marks-override.csv"
    path.write_text(own)
    assert [(one.exercise, one.outcome, one.points) for one in read_overrides(path)] == [
        ("06-2", "pass", None),
        ("loss_D", "", 0.5),
    ]


def test_links_lead_somewhere():
    heads = {
        re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in re.findall(r"^## (.*)$", TEXT, re.MULTILINE)
    }
    for link in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert link.startswith("https://") or link[1:] in heads or (ROOT / "docs" / link).exists(), link
