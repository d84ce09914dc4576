"""One student is one student: what is recognised in a folder of submissions."""

import io
import os
import pickle
import zipfile

import pytest
from submissions.makers import RIGHT, lesson

from ganlib.__main__ import main
from ganlib.grading import batch, tree
from ganlib.grading.collect import collect, look
from ganlib.grading.sandbox.box import Limits

NOTEBOOK = lesson(RIGHT)


def put(folder, *names, data=NOTEBOOK):
    for name in names:
        path = os.path.join(os.fsencode(folder), name if isinstance(name, bytes) else name.encode())
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
    return folder


def zipped(*names, data=NOTEBOOK, **members):
    """Return a zip file with `data` under each name, and under each of `members`' names what it holds."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name in names:
            out.writestr(name, data)
        for name, content in members.items():
            out.writestr(name, content)
    return file.getvalue()


def students(folder):
    return sorted({one.student for one in collect(folder)})


TREES = {
    "plain": (["anna.ipynb", "ben.ipynb"], ["anna", "ben"]),
    "folders": (["anna/x.ipynb", "ben/a/b/y.ipynb"], ["anna", "ben"]),
    "upper folder": (["top/anna/x.ipynb", "top/ben/x.ipynb"], ["anna", "ben"]),
    "two upper folders": (["a/b/anna/x.ipynb", "a/b/ben/x.ipynb"], ["anna", "ben"]),
    "upper folder of files": (["top/hand_in_06_anna.ipynb", "top/hand_in_06_ben.ipynb"], ["anna", "ben"]),
    "upper folder of Canvas": (["top/annam_1_2_x.ipynb", "top/beno_3_4_x.ipynb"], ["annam", "beno"]),
    "one student": (["anna/06.ipynb", "anna/06 (1).ipynb"], ["anna"]),
    "one student, deep": (["anna/mine/06.ipynb"], ["anna"]),
    "nbgrader": (["submitted/anna/06/x.ipynb", "submitted/ben/06/x.ipynb"], ["anna", "ben"]),
    "nbgrader beside others": (["submitted/bob/06/x.ipynb", "carla.ipynb"], ["bob", "carla"]),
    "nbgrader, one": (["submitted/anna/06/x.ipynb"], ["anna"]),
    "nbgrader's course": (["source/06/x.ipynb", "release/06/x.ipynb", "submitted/anna/06/x.ipynb",
                           "submitted/ben/06/x.ipynb"], ["anna", "ben"]),
    "nbgrader's exchange": (["inbound/anna+06+2026-11-20 10:00:00 UTC/x.ipynb",
                             "inbound/ben+06+2026-11-20 10:00:00.123 UTC/x.ipynb"], ["anna", "ben"]),
    "Moodle": (["Anna Müller_12_assignsubmission_file_/x.ipynb", "Ben O_13_assignsubmission_file/x.ipynb"],
               ["Anna Müller", "Ben O"]),
    "Moodle, flat": (["Anna Müller_12_assignsubmission_file_x.ipynb"], ["Anna Müller"]),
    "Moodle, one": (["Anna Müller_12_assignsubmission_file_/a/x.ipynb"], ["Anna Müller"]),
    "Moodle, same name": (["Anna Müller_12_assignsubmission_file_/x.ipynb",
                           "Anna Müller_13_assignsubmission_file_/x.ipynb"], ["Anna Müller (12)", "Anna Müller (13)"]),
    "Canvas": (["muelleranna_LATE_1_2_x-1.ipynb", "ottben_3_4_x.ipynb"], ["muelleranna", "ottben"]),
    "Classroom": (["Anna Müller - 06_vanilla_gan.ipynb", "Ben - 06_vanilla_gan (1).ipynb"], ["Anna Müller", "Ben"]),
    "Classroom, folders": (["Anna Müller - 06_vanilla_gan/x.ipynb", "Ben - 06_vanilla_gan/x.ipynb"],
                           ["Anna Müller", "Ben"]),
    "Moodle, one in an upper folder": (["top/Anna M_12_assignsubmission_file_/x.ipynb"], ["Anna M"]),
    "Canvas, one in an upper folder": (["top/annam_1_2_x.ipynb"], ["annam"]),
    "Moodle beside a file": (["top/Anna_1_assignsubmission_file_/x.ipynb", "top/Ben_2_assignsubmission_file_/x.ipynb",
                              "clara.ipynb"], ["Anna", "Ben", "clara"]),
    "copies": (["hand_in_06_anna.ipynb", "hand_in_06_anna (1).ipynb", "hand_in_06_anna-Copy1.ipynb",
                "anna.ipynb.txt", "anna.ipynb.json", "anna/x.ipynb", "hand_in_07_anna.ipynb"], ["anna"]),
    "nobody's name": (["06_vanilla_gan.ipynb", "06_vanilla_gan-Copy1.ipynb", "06_vanilla_gan (1).ipynb"],
                      ["06_vanilla_gan", "06_vanilla_gan (1)", "06_vanilla_gan-Copy1"]),
    "exercises": (["06/anna/x.ipynb", "06/ben/x.ipynb", "07/anna/x.ipynb", "07/ben/x.ipynb"], ["anna", "ben"]),
    "composed": (["Zo\u00eb.ipynb", "Zoe\u0308/x.ipynb"], ["Zo\u00eb"]),
    "not UTF-8": ([b"M\xe4x.ipynb", b"M\xf6x.ipynb"], ["M\\xe4x", "M\\xf6x"]),
    "escape and its look": ([b"M\xe4x.ipynb", "M\\xe4x.ipynb"], ["M\\x5cxe4x", "M\\xe4x"]),
}  # fmt: skip


@pytest.mark.parametrize("name", TREES)
def test_who_is_a_student(tmp_path, name):
    files, due = TREES[name]
    assert students(put(tmp_path, *files)) == due


def test_platforms_flags_ids_and_times(tmp_path):
    put(tmp_path, "muelleranna_LATE_1_2_x-1.ipynb", "ben+06+1970-01-01 00:01:00 UTC/x.ipynb", "clara.ipynb")
    os.utime(tmp_path / "clara.ipynb", (7, 7))
    found = {one.student: one for one in collect(tmp_path)}
    anna = found["muelleranna"]
    assert anna.late and anna.student_id == "1" and anna.rule == "Canvas"
    assert found["ben"].handed_at == 60 and found["clara"].handed_at == 7 and not found["clara"].late


def test_two_people_with_long_names_stay_two(tmp_path):
    put(tmp_path, *["/".join(["", ("x" * 220 + end) + ".ipynb"])[1:] for end in "ab"])
    assert len(students(tmp_path)) == 2 and all(len(name) <= 200 for name in students(tmp_path))


def test_the_unclear_is_refused(tmp_path):
    put(tmp_path, "top/anna.ipynb", "top/ben.ipynb")
    with pytest.raises(ValueError, match="anna and ben in top two students"):
        collect(tmp_path)
    assert students(tmp_path / "top") == ["anna", "ben"]


def test_one_folder_with_two_names_is_warned_of(tmp_path):
    put(tmp_path, "team/hand_in_06_anna.ipynb", "team/hand_in_06_ben.ipynb", "clara/x.ipynb")
    assert students(tmp_path) == ["clara", "team"]
    assert "anna, ben" in look(tmp_path).warnings[0]


def test_an_upper_folder_beside_a_student_is_warned_of(tmp_path):
    put(tmp_path, "top/anna/x.ipynb", "top/ben/x.ipynb", "clara.ipynb")
    assert "anna, ben" in look(tmp_path).warnings[0]


def test_one_zip_with_too_much_costs_nobody_else(tmp_path, monkeypatch):
    monkeypatch.setattr(tree, "MOST_MEMBERS", 30)
    put(tmp_path, "anna.ipynb", "ben/.git/x.ipynb", "ben/y.ipynb")
    (tmp_path / "clara.zip").write_bytes(zipped(*(f"{i}.txt" for i in range(31))))
    found = {one.student: one for one in collect(tmp_path)}
    assert "more than 30" in found["clara"].problem and not found["anna"].problem
    assert found["ben"].file == "ben/y.ipynb"


def test_what_lies_beside_is_no_student(tmp_path):
    put(
        tmp_path,
        "anna.ipynb",
        "ben/picture.png",
        "grades.csv",
        "photo.jpg",
        ".DS_Store",
        "marks.csv",
        "marks.html",
        "marks.journal",
        "feedback/anna.html",
        "marks-moodle.csv",
    )
    found = look(tmp_path)
    assert [one.student for one in found.handed] == ["anna", "ben"] and "picture.png" in found.handed[1].problem
    assert any("grades.csv" in note for note in found.notes) and any("feedback" in note for note in found.notes)


def test_a_text_in_moodle_counts_only_without_a_notebook(tmp_path):
    put(
        tmp_path,
        "Anna_1_assignsubmission_file_/x.ipynb",
        "Anna_1_assignsubmission_onlinetext_/onlinetext.html",
        "Ben_2_assignsubmission_onlinetext_/onlinetext.html",
    )
    assert [(one.student, bool(one.problem)) for one in collect(tmp_path)] == [("Anna", False), ("Ben", True)]


# Zip files


ZIPS = {
    "class": ({"class.zip": zipped("anna/x.ipynb", "ben/x.ipynb")}, ["anna", "ben"]),
    "class with top": ({"class.zip": zipped("hw/anna/x.ipynb", "hw/ben/x.ipynb")}, ["anna", "ben"]),
    "each": ({"anna.zip": zipped("x.ipynb"), "ben.zip": zipped("work/x.ipynb")}, ["anna", "ben"]),
    "nested": ({"class.zip": zipped(**{"anna.zip": zipped("x.ipynb"), "ben.zip": zipped("x.ipynb")})}, ["anna", "ben"]),
    "Canvas": ({"annam_1_2_work.zip": zipped("x.ipynb"), "beno_LATE_3_4_w.zip": zipped("x.ipynb")}, ["annam", "beno"]),
    "one": ({"anna.zip": zipped("x.ipynb")}, ["anna"]),
    "one of Moodle beside others": (
        {"class.zip": zipped("Anna M_12_assignsubmission_file_/x.ipynb"), "ben.zip": zipped("x.ipynb")},
        ["Anna M", "ben"],
    ),
    "Canvas' name in a student's own": (
        {"anna.zip": zipped("annam_1_2_x.ipynb"), "ben.zip": zipped("x.ipynb")},
        ["anna", "ben"],
    ),
}


@pytest.mark.parametrize("name", ZIPS)
def test_zip_files_are_folders(tmp_path, name):
    files, due = ZIPS[name]
    for file, data in files.items():
        (tmp_path / file).write_bytes(data)
    assert students(tmp_path) == due
    contents = [batch.content_of(pickle.loads(pickle.dumps(one))) for one in collect(tmp_path)]
    assert all(one.cells and not one.problem and one.handed.fingerprint for one in contents)
    assert sorted(os.listdir(tmp_path)) == sorted(files)


def test_hostile_zip_files_are_harmless(tmp_path):
    folder = tmp_path / "in"
    put(folder, "clara.ipynb")
    (folder / "escape.zip").write_bytes(zipped("../../out.ipynb", "/abs.ipynb"))
    (folder / "bomb.zip").write_bytes(zipped("x.ipynb", data=b" " * (19 * 2**20)))
    (folder / "broken.zip").write_bytes(zipped("x.ipynb")[:-30])
    (folder / "deep.zip").write_bytes(zipped(**{"a.zip": zipped(**{"b.zip": zipped("x.ipynb")})}))
    (folder / "many.zip").write_bytes(zipped(*(f"{i}.ipynb" for i in range(60)), data=b"{}"))
    (folder / "link.zip").symlink_to("escape.zip")
    found = {one.student: batch.content_of(one).problem for one in collect(folder)}
    assert found.pop("clara") == "" == found.pop("escape")
    assert "times as large" in found["bomb"] and "more than 50" in found["many"] and "too deep" in found["deep"]
    assert all(found.values()) and os.listdir(tmp_path) == ["in"]


# Reading


def test_nothing_is_held_and_what_goes_away_costs_one_file(tmp_path):
    put(tmp_path, "anna.ipynb", "ben.ipynb", "clara.ipynb", "dora.ipynb")
    (tmp_path / "zed.zip").write_bytes(zipped("x.ipynb", "y.ipynb"))
    submissions = collect(tmp_path)
    assert len(pickle.dumps(submissions)) < len(NOTEBOOK) * 2 + 6_000
    (tmp_path / "ben.ipynb").unlink()
    (tmp_path / "ben.ipynb").mkdir()
    (tmp_path / "clara.ipynb").unlink()
    (tmp_path / "dora.ipynb").unlink()
    (tmp_path / "dora.ipynb").symlink_to("anna.ipynb")
    (tmp_path / "zed.zip").write_bytes(zipped("other.ipynb"))
    tasks = batch.plan(submissions, ["06"], seed=1, limits=Limits())
    fine = [task.handed.student for task in tasks if not task.problem]
    assert fine == ["anna"] and len(tasks) == 6
    assert len({task.key for task in tasks}) == 6


def test_a_notebook_below_many_folders(tmp_path):
    put(tmp_path, "anna/" + "a/" * 20 + "x.ipynb", "ben/" + "b/" * 60 + "x.ipynb", "clara.ipynb")
    found = {one.student: one.problem for one in collect(tmp_path)}
    assert found["anna"] == "" and "nested" in found["ben"]


# The command


def test_the_list_says_who_is_who_and_grades_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(
        tmp_path / "in",
        "Anna Müller_12_assignsubmission_file_/x.ipynb",
        "ben.ipynb",
        "grades.csv",
        "team/hand_in_06_cleo.ipynb",
        "team/hand_in_06_dan.ipynb",
    )
    (tmp_path / "names.csv").write_text("name,id\nAnna Müller,12\nZed,3\n")
    assert main(["grade", "in", "--list", "--roster", "names.csv"]) == 0
    said = capsys.readouterr().out
    for words in ("Anna Müller  (id 12)", "by Moodle", "ben.ipynb  by file", "not handed in: Zed", "grades.csv",
                  "warning: ben is on no line", "warning: team has files of several names, cleo, dan",
                  "3 students, 4 files"):  # fmt: skip
        assert words in said, (words, said)
    assert sorted(os.listdir(tmp_path)) == ["in", "names.csv"]


def test_a_roster_that_is_not_there_is_said(tmp_path, capsys):
    put(tmp_path, "anna.ipynb")
    assert main(["grade", str(tmp_path), "--list", "--roster", str(tmp_path / "none.csv")]) == 1
    assert "--roster" in capsys.readouterr().err
