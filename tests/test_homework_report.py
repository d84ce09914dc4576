"""The grader's tables: spreadsheets, points, lateness, quizzes, marks set by hand, comparisons."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from homework_book import OF_06, Task, book_of, entries, mark
from hypothesis import given
from hypothesis import strategies as st

from ganlib.__main__ import main
from ganlib.check import questions
from ganlib.homework import report
from ganlib.homework.report import compare, late, overrides, points, quizzes, spreadsheet, tables
from ganlib.homework.roster import Person

NAMES = ["=1+1", "x;=1+1", "x,@SUM(1)", 'a;"=1+1', "'=quoted", "''x; '=y", "Ann-Marie O'Hara", "Meyer, Ben", "＝1", "-",
         "double  blank", 'a ";" "=1+1;"']  # fmt: skip
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


# Spreadsheets


def as_spreadsheet(text, separator):
    """Return every cell that a spreadsheet may make of a table: quotes understood, ignored, or taken as they come."""
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=separator) for cell in row]
    return cells + [part.strip(' "') for line in text.splitlines() for part in line.split(separator)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_name_becomes_a_formula_whatever_the_separator(name, separator):
    book = book_of([mark(name, outcome="fail", hint=f"look; {name}", notes=(f"+1;{name}",), file=f"{name}.ipynb")])
    for text in (tables.marks(book), tables.totals(book, {name: name}), tables.moodle(book), tables.canvas(book),
                 tables.of_statistics(book)):  # fmt: skip
        assert not [cell for cell in as_spreadsheet(text, separator) if FORMULA.match(cell)], text


def test_every_field_is_quoted():
    book = book_of([mark("anna", notes=("one", "two"))])
    for text in (tables.marks(book), tables.totals(book, {}), tables.moodle(book), tables.canvas(book)):
        assert all(re.fullmatch(r'"[^"]*"(,"[^"]*")*', line) for line in text.splitlines())


@given(st.text(alphabet="=+-@;,\t '\"ab＝", max_size=12) | st.text(max_size=30))
def test_what_is_guarded_is_read_back_unchanged(text):
    assert spreadsheet.unguarded(spreadsheet.guarded(text)) == spreadsheet.plain(text)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_table_that_a_spreadsheet_saved_again_is_read(tmp_path, separator, encoding):
    path = tmp_path / "o.csv"
    path.write_text(
        f'Student{separator}exercise{separator}points\r\n"Ähm, ""B"""{separator}06-2\r\n\r\n', encoding=encoding
    )
    assert spreadsheet.read(path, ["student", "exercise"]) == [
        (2, {"student": 'Ähm, "B"', "exercise": "06-2", "points": ""})
    ]


@pytest.mark.parametrize("text, said", [
    ("", "no column"), ("student;points\n", "no column exercise"), ('student,exercise\n"anna,06-2\n', "torn"),
    ("student,exercise\nMeyer, Ben,06-2\n", "line 2, has more fields"), ("\x00\x00\x00", "no column"),
])  # fmt: skip
def test_a_torn_table_says_where(tmp_path, text, said):
    path = tmp_path / "o.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=said):
        spreadsheet.read(path, ["student", "exercise"])


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
        ("pass", "1", "late by 1 d 1 h"), ("pass", "1", ""), ("pass", "1", "")
    ]  # fmt: skip
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
    tasks = [Task("a", "1", quizzes={"06-q1": "z"}), Task("a", "2", quizzes={"06-q1": right("06-q1")}),
             Task("b", problem="no notebook")]  # fmt: skip
    found = {(one.student, one.exercise): one for one in quizzes.marks(tasks)}
    assert found["a", "06-q1"].outcome == "pass" and found["a", "06-q1"].file == "2"
    assert found["b", "06-q1"].outcome == "rejected" and found["b", "06-q1"].hint == "no notebook"
    no_quiz = [Task("c", due=("gaussian_log_prob",))]
    assert [one.exercise for one in quizzes.marks(no_quiz)] == questions.of_notebook("01")


# What platforms import


def test_moodle_and_canvas_get_their_columns():
    roster = [Person(name="anna", id="0017", email="anna@uni.example")]
    book = book_of([mark("anna"), mark("Ben, B")], [Task("anna", student_id="99"), Task("Ben, B")], roster=roster)
    first = [row for row in rows_of(tables.moodle(book)) if row["Full name"] == "anna"]
    assert first == [
        {"Full name": "anna", "ID number": "0017", "Email address": "anna@uni.example", "GAN notebook 06": "1"}
    ]
    head, possible, *rest = csv.reader(io.StringIO(tables.canvas(book)))
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "GAN notebook 06"]
    assert possible == ["Points Possible", "", "", "", "", str(1 + len(questions.of_notebook("06")))]
    assert ["anna", "99", "0017", "anna@uni.example", "", "1"] in rest and ["Ben, B", "", "", "", "", "1"] in rest


def test_the_absent_have_nothing_and_are_there():
    roster = [Person(name=name, id="", email="") for name in ("anna", "zoe")]
    book = book_of([mark("anna", "06-2")], [Task("anna", due=())], roster=roster)
    assert entries(book)["zoe", "06-2"].outcome == "not handed in"
    assert [row["total"] for row in rows_of(tables.totals(book, {}))] == ["1", "0"]
    assert rows_of(tables.moodle(book))[1]["GAN notebook 06"] == "0"


def test_people_of_one_name_and_students_on_no_roster_are_told_apart():
    roster = [Person("Anna B", "1"), Person("Anna B", "2"), Person("Anna B", "3")]
    tasks = [Task("Anna B (3)", due=(), student_id="3"), Task("stranger", due=())]
    book = book_of([mark("Anna B (3)"), mark("stranger")], tasks, roster=roster)
    assert [(student.name, student.id) for student in book.students] == [
        ("Anna B", "1"), ("Anna B (2)", "2"), ("Anna B (3)", "3"), ("stranger", "")
    ]  # fmt: skip
    assert len(book.warnings) == 1 and "several: stranger." in book.warnings[0]


def test_who_handed_in_another_notebook_has_no_grade_in_this_one():
    book = book_of([mark("anna", "06-2"), mark("ben", "01-1")])
    assert [(row["notebook 01"], row["notebook 06"]) for row in rows_of(tables.totals(book, {}))] == [
        ("", "1"),
        ("1", ""),
    ]


# Marks set by hand


def by_hand(tmp_path, *rows):
    path = tmp_path / "marks-override.csv"
    path.write_text("\n".join(["student,exercise,outcome,points,comment", *rows]) + "\n")
    return overrides.read_overrides(path)


def test_what_is_set_by_hand_counts_and_the_original_stays_visible(tmp_path):
    rows = by_hand(tmp_path, "anna,06-2,pass,,a typo", 'ben,loss_D,,"0,5",half', "clara,06-2 loss_D,,,look again")
    rule = late.read_rule(None, "50%", None, None)
    tasks = [Task(name, late=True) for name in ("anna", "ben", "clara")]
    book = book_of([mark(name, outcome="fail") for name in ("anna", "ben", "clara")], tasks, rule, rows)
    found = {row["student"]: row for row in rows_of(tables.marks(book)) if row["exercise"] == "06-2"}
    assert [(row["outcome"], row["points"], row["graded"], row["comment"]) for row in found.values()] == [
        ("pass", "1", "fail", "a typo"), ("fail", "0.5", "fail", "half"), ("fail", "0", "fail", "look again")
    ]  # fmt: skip
    assert [row["deducted"] for row in rows_of(tables.totals(book, {}))] == ["0.5", "0", "0"]


def test_rows_for_nobody_are_told_and_nothing_else_is_lost(tmp_path):
    rows = by_hand(
        tmp_path, "nobody,06-2,pass,,", "anna,77-1,pass,,", "anna,06-2,fail,,first", "anna,06-2,pass,,second"
    )
    book = book_of([mark("anna", outcome="fail")], overrides=rows)
    assert entries(book)["anna", "06-2"].outcome == "pass"
    said = "\n".join(book.warnings)
    assert "line 2" in said and "no student nobody" in said and "line 3" in said and "77-1" in said
    assert "line 4, is not used: line 5" in said and len(book.warnings) == 3


@pytest.mark.parametrize("row, said", [
    ("anna,06-2,passed,,", "line 2: there is no outcome 'passed'"), ("anna,06-2,,many,", "line 2: points"),
    ("anna,06-2,,-1,", "points"), ("anna,06-2,,nan,", "points"), (",06-2,pass,,", "line 2: name the student"),
    ('anna,06-2,pass,,"half', "torn"),
])  # fmt: skip
def test_a_torn_override_is_refused_before_anything_is_graded(tmp_path, capsys, row, said):
    with pytest.raises(ValueError, match=said):
        by_hand(tmp_path, row)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.ipynb").write_bytes(b"{}")
    arguments = ["grade", str(folder), "--out", str(tmp_path / "marks.csv"), "--as-root", "--unsafe"]
    assert main(arguments) == 1 and "marks-override.csv" in capsys.readouterr().err
    assert not (tmp_path / "marks.csv").exists() and row in (tmp_path / "marks-override.csv").read_text()


@pytest.mark.parametrize("name", [name for name in NAMES if name.strip() == name])
def test_a_name_that_is_copied_from_the_marks_is_found(tmp_path, name):
    book = book_of([mark(name, outcome="fail")])
    copied = re.match(r'"((?:[^"]|"")*)"', tables.marks(book).splitlines()[1])[0]
    rows = by_hand(tmp_path, f"{copied},06-2,pass,,")
    again = book_of([mark(name, outcome="fail")], overrides=rows)
    assert entries(again)[name, "06-2"].outcome == "pass" and not again.warnings


def test_the_empty_table_is_written_once(tmp_path):
    path = tmp_path / "marks-override.csv"
    overrides.begin(path)
    assert overrides.read_overrides(path) == []
    path.write_text("mine")
    overrides.begin(path)
    assert path.read_text() == "mine"


# Comparisons


def test_two_runs_are_compared(tmp_path, capsys):
    paths = [tmp_path / "old.csv", tmp_path / "new.csv"]
    for path, outcome, name in zip(paths, ("fail", "pass"), ("x;=1+1", "new")):
        marks = [mark("anna", outcome=outcome), mark("ben"), mark("=1+1", outcome=outcome), mark(name)]
        path.write_text(tables.marks(book_of(marks)), encoding="utf-8-sig")
    assert compare.changes(*paths) == [
        "=1+1  06-2  fail (0 points) → pass (1 points)", "anna  06-2  fail (0 points) → pass (1 points)",
        "new  06-2  (no mark) → pass (1 points)", "x;=1+1  06-2  pass (1 points) → (no mark)",
    ]  # fmt: skip
    assert main(["grade", "--compare", *map(str, paths)]) == 0 and "4 of the marks differ" in capsys.readouterr().out
    assert main(["grade", "--compare", str(paths[0]), str(paths[0])]) == 0
    assert "nothing changed" in capsys.readouterr().out
    assert main(["grade", "--compare", str(paths[0]), str(tmp_path / "no.csv")]) == 1


# Statistics


def test_statistics_count_what_to_explain_again():
    said = {"a": "sign", "b": "sign", "c": "=mean"}
    marks = [*(mark(name, outcome="fail", hint=hint) for name, hint in said.items()), mark("d")]
    found = [
        (row["kind"], row["text"], row["students"], row["share"])
        for row in rows_of(tables.of_statistics(book_of(marks)))
    ]
    assert found == [("outcome", "pass", "1", "0.25"), ("outcome", "fail", "3", "0.75"), ("hint", "sign", "2", "0.5"),
                     ("hint", "'=mean", "1", "0.25")]  # fmt: skip


def test_all_files_are_written_beside_the_marks(tmp_path):
    assert OF_06
    report.write(book_of([mark("anna")]), tmp_path / "marks.csv")
    beside = {f"marks-{name}.csv" for name in ("totals", "moodle", "canvas", "statistics", "override")}
    assert {path.name for path in tmp_path.iterdir()} == {"marks.csv", "marks.html", "feedback"} | beside
    assert (tmp_path / "marks.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert not (tmp_path / "marks-moodle.csv").read_bytes().startswith(b"\xef\xbb\xbf")
