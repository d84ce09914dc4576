"""What marks are worth: points, lateness, quiz questions."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from homework_book import Task, book_of, entries, mark

from ganlib.check import questions
from ganlib.grading.report import late, points, quizzes, tables


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


# Points


def test_points_are_one_each_unless_a_file_says_otherwise(tmp_path):
    assert points.read_points().of("06-2") == points.read_points().of("06-q1") == 1
    path = tmp_path / "points.toml"
    path.write_text('exercise = 2\nquestion = 0\n[points]\n06-2 = 3.5\n"06-q1" = 1\n')
    own = points.read_points(path)
    assert [own.of(name) for name in ("06-1", "06-2", "06-q1", "06-q2")] == [2, 3.5, 1, 0]
    book = book_of([mark("anna", "06-1"), mark("anna", "06-2"), mark("anna", "06-3", "fail")], points=own)
    (row,) = rows_of(tables.totals(book, {}))
    assert (row["points"], row["total"], row["possible"], row["notebook 06"]) == ("5.5", "5.5", "7.5", "5.5")


@pytest.mark.parametrize("text, said", [
    ("exercise = 1\n[points\n", "line 2"), ("\n[points]\n06-99 = 1\n", "line 3: there is no 06-99"),
    ("06-2 = 1", r"line 1: 06-2 means nothing here. Write it below"), ("[points]\n06-2 = -1", "line 2: 06-2 must be"),
    ("[points]\n06-2 = nan", "must be"), ('question = "1"', "line 1: question must be"), ("exercise = true", "must be"),
    ("points = 3", "line 1: points is the head"), ("[notebook]\n06 = 1", "line 1: notebook means nothing"),
    ("exercise = inf", "must be"),
])  # fmt: skip
def test_a_wrong_file_of_points_says_where(tmp_path, text, said):
    path = tmp_path / "points.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=said):
        points.read_points(path)


# Lateness


DUE = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize("after, cost", [
    (timedelta(0), 0), (timedelta(minutes=15), 0), (timedelta(minutes=16), 0.1), (timedelta(days=1), 0.1),
    (timedelta(days=1, seconds=1), 0.2), (timedelta(days=30), 0.5), (timedelta(days=-9), 0),
])  # fmt: skip
def test_each_begun_day_costs_up_to_a_bound(after, cost):
    rule = late.read_rule("2026-11-20T23:59Z", "10%/day", "50%", "15m")
    assert rule.due == DUE
    assert rule.cost(rule.lateness(DUE + after)) == pytest.approx(cost)


def test_a_time_without_a_zone_is_the_machines_own():
    rule = late.read_rule("2026-11-20T23:59", "25%", None, None)
    here = datetime(2026, 11, 21, 0, 30)
    assert rule.lateness(here) == rule.lateness(here.astimezone(UTC)) == timedelta(minutes=31)
    assert rule.cost(timedelta(days=3)) == 0.25 and rule.said(timedelta(minutes=31)) == "late by 31 min"


@pytest.mark.parametrize("words", [
    {"due": "20.11.2026"}, {"due": "2026-13-01"}, {"penalty": "ten"}, {"penalty": "10%/year"}, {"most": "120%"},
    {"most": "50%/day"}, {"grace": "15"}, {"grace": "-1h"},
])  # fmt: skip
def test_a_rule_that_cannot_be_read_is_refused(words):
    with pytest.raises(ValueError, match=r"write it as|--late-at-most"):
        late.read_rule(*[words.get(name) for name in ("due", "penalty", "most", "grace")])


def test_being_late_changes_the_sum_and_not_the_outcome():
    rule = late.read_rule("2026-11-20T23:59Z", "10%/day", "50%", None)
    tasks = [Task("anna", handed_at=DUE + timedelta(hours=25)), Task("ben", handed_at=DUE), Task("clara")]
    book = book_of([mark(name) for name in ("anna", "ben", "clara")], tasks, rule)
    rows = {row["student"]: row for row in rows_of(tables.marks(book)) if row["exercise"] == "06-2"}
    assert [(row["outcome"], row["points"], row["late"]) for row in rows.values()] == [
        ("pass", "1", "late by 1 d 1 h"),
        ("pass", "1", ""),
        ("pass", "1", ""),
    ]
    whole = {row["student"]: (row["points"], row["deducted"], row["total"]) for row in rows_of(tables.totals(book, {}))}
    assert whole == {"anna": ("1", "0.2", "0.8"), "ben": ("1", "0", "1"), "clara": ("1", "0", "1")}
    assert any("1 of 3 files" in warning for warning in book.warnings)
    (said,) = book_of([mark("anna")], [Task("anna", handed_at=DUE.timestamp() + 60)], rule).warnings
    assert "all files are late" in said
    assert not book_of([mark("anna")], [Task("anna", handed_at=DUE.timestamp())], rule).warnings


def test_the_platforms_word_counts_where_no_date_is_given():
    rule = late.read_rule(None, "10%/day", None, None)
    book = book_of([mark("anna")], [Task("anna", late=True)], rule)
    assert entries(book)["anna", "06-2"].late == "late" and entries(book)["anna", "06-2"].deducted == pytest.approx(0.1)


def test_of_two_files_with_one_outcome_the_one_in_time_counts():
    rule = late.read_rule("2026-11-20T23:59Z", "10%/day", None, None)
    tasks = [Task("anna", "a.ipynb", handed_at=DUE + timedelta(days=3)), Task("anna", "b.ipynb", handed_at=DUE)]
    both = [mark("anna", file="a.ipynb"), mark("anna", file="b.ipynb")]
    assert entries(book_of(both, tasks, rule))["anna", "06-2"].late == ""
    both = [mark("anna", file="a.ipynb"), mark("anna", outcome="fail", file="b.ipynb")]
    assert entries(book_of(both, tasks, rule))["anna", "06-2"].late == "late by 3 d 0 h"


# Quizzes


def right(name):
    return "".join(letter for letter, option in questions.options_of(name).items() if option["right"])


def test_quiz_answers_are_marked_like_exercises():
    tasks = [Task("anna", quizzes={"06-q1": f"{right('06-q1').upper()}, ", "06-q2": "z", "06-q3": ""})]
    found = {one.exercise: one for one in quizzes.marks(tasks)}
    assert [found[name].outcome for name in ("06-q1", "06-q2", "06-q3", "06-q4")] == [
        "pass",
        "fail",
        "not done",
        "not done",
    ]
    every = "".join(questions.options_of("06-q1"))
    assert {one.exercise: one for one in quizzes.marks([Task("b", quizzes={"06-q1": every})])}[
        "06-q1"
    ].outcome == "fail"
    assert "no option z" in found["06-q2"].hint and sorted(found) == questions.of_notebook("06")
    (row,) = [row for row in rows_of(tables.marks(book_of([mark("anna")], tasks))) if row["exercise"] == "06-q1"]
    assert (row["outcome"], row["points"]) == ("pass", "1")


def test_a_wrong_quiz_answer_is_told_what_is_false_and_not_what_is_right():
    wrong = next(letter for letter in questions.options_of("06-q1") if letter not in right("06-q1"))
    (one,) = [one for one in quizzes.marks([Task("a", quizzes={"06-q1": wrong})]) if one.exercise == "06-q1"]
    assert one.outcome == "fail" and questions.options_of("06-q1")[wrong]["because"] in one.hint
    assert not any(questions.options_of("06-q1")[letter]["because"] in one.hint for letter in right("06-q1"))


def test_of_two_files_the_better_quiz_answer_counts_and_a_rejected_file_has_none():
    tasks = [
        Task("a", "1", quizzes={"06-q1": "z"}),
        Task("a", "2", quizzes={"06-q1": right("06-q1")}),
        Task("b", problem="no notebook"),
    ]
    found = {(one.student, one.exercise): one for one in quizzes.marks(tasks)}
    assert found["a", "06-q1"].outcome == "pass" and found["a", "06-q1"].file == "2"
    assert found["b", "06-q1"].outcome == "rejected" and found["b", "06-q1"].hint == "no notebook"
    no_quiz = [Task("c", due=("gaussian_log_prob",))]
    assert [one.exercise for one in quizzes.marks(no_quiz)] == questions.of_notebook("01")
