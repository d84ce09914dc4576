"""The grader's tables: spreadsheets, points, lateness, quizzes, marks set by hand, comparisons."""

import csv
import io
import re

import pytest
from homework_book import OF_06, Task, book_of, entries, mark
from hypothesis import given
from hypothesis import strategies as st

from ganlib.__main__ import main
from ganlib.check import questions
from ganlib.grading import report
from ganlib.grading.report import compare, late, overrides, spreadsheet, tables
from ganlib.grading.report.statistics import statistics
from ganlib.grading.roster import Person

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


# What platforms import


def test_moodle_and_canvas_get_their_columns():
    roster = [Person(name="anna", id="0017", email="anna@uni.example")]
    book = book_of(
        [mark("anna"), mark("Ben, B")],
        [Task("anna", student_id="99", rule="Canvas"), Task("Ben, B", student_id="7", rule="Moodle")],
        roster=roster,
    )
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
        ("Anna B", "1"),
        ("Anna B (2)", "2"),
        ("Anna B (3)", "3"),
        ("stranger", ""),
    ]
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
        ("pass", "1", "fail", "a typo"),
        ("fail", "0.5", "fail", "half"),
        ("fail", "0", "fail", "look again"),
    ]
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
        "=1+1  06-2  fail (0 points) → pass (1 points)",
        "anna  06-2  fail (0 points) → pass (1 points)",
        "new  06-2  (no mark) → pass (1 points)",
        "x;=1+1  06-2  pass (1 points) → (no mark)",
    ]
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
    assert found == [
        ("outcome", "pass", "1", "0.25"),
        ("outcome", "fail", "3", "0.75"),
        ("hint", "sign", "2", "0.5"),
        ("hint", "'=mean", "1", "0.25"),
    ]


def test_all_files_are_written_beside_the_marks(tmp_path):
    assert OF_06
    report.write(book_of([mark("anna")]), tmp_path / "marks.csv")
    beside = {f"marks-{name}.csv" for name in ("totals", "moodle", "canvas", "statistics", "override")}
    assert {path.name for path in tmp_path.iterdir()} == {"marks.csv", "marks.html", "feedback"} | beside
    assert (tmp_path / "marks.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert not (tmp_path / "marks-moodle.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_hints_that_differ_in_numbers_alone_are_one():
    said = {"a": "yours 1.5, due -2e-3", "b": "yours 17, due 3", "c": "divide by 2"}
    book = book_of([mark(name, outcome="fail", hint=hint) for name, hint in said.items()])
    assert statistics(book)[0].hints == [("yours …, due …", 2), ("divide by 2", 1)]


def test_a_command_without_a_folder_says_what_to_name(capsys):
    assert main(["grade"]) == 1 and "name the folder of submissions" in capsys.readouterr().err
