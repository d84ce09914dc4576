"""The grader's parts: its view, parser, collector, tables, journal and command."""

import csv
import json
import multiprocessing
import os
import socket
import subprocess
import sys
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from submissions.makers import RIGHT, STUBS, lesson, marked, notebook

from ganlib.__main__ import main
from ganlib.check.catalogue import exercises
from ganlib.check.questions import of_notebook as questions_of
from ganlib.cli import grade as command
from ganlib.grading import batch
from ganlib.grading.collect import collect
from ganlib.grading.grade import Mark, Told, answer_cells, planned, remarks
from ganlib.grading.parse import Cell, RejectedError, read
from ganlib.grading.sandbox import job, usage, view
from ganlib.grading.sandbox import process as sandbox
from ganlib.grading.sandbox.box import Box, Limits, NoSandboxError

ROOT = Path(__file__).resolve().parents[1]
WORDS = ["cells", "cell_type", "source", "outputs", "metadata", "kernelspec", "worksheets", "input", "text"]
needs_sandbox = pytest.mark.skipif(sandbox.available() is not None, reason=f"NO SANDBOX TESTED: {sandbox.available()}")


# What the sandbox sees


def test_the_sandbox_sees_neither_answers_nor_grader():
    shown = [(path, place) for path, place in view.course_entries()]
    files = {file for path, _ in shown for file in ([path] if path.is_file() else path.rglob("*.py"))}
    assert files and not any("answers" in file.parts or file.name in ("exercise.py", "catalogue.py") for file in files)
    inside = {file for file in files if "grading" in file.parts}
    assert {file.parent.name for file in inside} == {"inside", "check"}
    arguments = view.file_arguments(1000)
    bound = [Path(arguments[i + 1]) for i, word in enumerate(arguments) if word == "--ro-bind"]
    hidden = (ROOT / "ganlib" / "check" / "answers", ROOT / "notebooks", ROOT / "tests", ROOT / ".git", Path.home())
    assert not any(secret.is_relative_to(path) or path == secret for path in bound for secret in hidden)
    assert "--bind" not in arguments and "--dev-bind" not in arguments


def test_an_installed_course_is_covered(monkeypatch, tmp_path):
    package = tmp_path / "lib" / "ganlib"
    package.mkdir(parents=True)
    monkeypatch.setattr(view, "PACKAGE", package)
    monkeypatch.setattr(view, "prefixes", lambda: [tmp_path])
    view.file_arguments.cache_clear()
    arguments = view.file_arguments(999)
    view.file_arguments.cache_clear()
    assert arguments[arguments.index(str(package)) - 1] == "--tmpfs"
    assert arguments.index(str(package)) > arguments.index(str(tmp_path))


def test_usage_counts_a_family():
    code = "import subprocess, sys, time\np = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    code += "sum(range(10**7))\n"  # some ticks of the clock, however quick the machine
    with subprocess.Popen(
        [sys.executable, "-c", code + "print(p.pid, flush=True); time.sleep(60)"], stdout=subprocess.PIPE, text=True
    ) as process:
        child = int(process.stdout.readline())
        used, all_of_it = usage.usage(process.pid, 2**40), usage.usage(process.pid, 0)
        os.kill(child, 9)
        process.kill()
    assert used.processes == 2 and used.memory > 5e6 and used.seconds > 0
    assert 0 < all_of_it.memory < used.memory
    assert usage.usage(2**22 + 5, 0, ("/tmp",)) == (0, 0, 0, 0, 0)


# Reading and planning


def test_cells_are_numbered_and_know_their_exercises():
    cells = read(lesson(RIGHT)).cells
    assert [sorted(cell.exercises) for cell in cells if cell.exercises] == [["06-1"], ["06-2"], ["06-3"]]
    assert [cell.number for cell in cells] == list(range(1, len(cells) + 1))
    assert not any(cell.stub for cell in cells) and sum(cell.stub for cell in read(lesson(STUBS)).cells) == 3


@pytest.mark.parametrize("data", [b"", b"x", b"3", b"[]", b"{}", b'{"cells": {}}', b'{"worksheets": 1}', b"\xff\xfex"])
def test_what_is_no_notebook_is_rejected(data):
    with pytest.raises(RejectedError):
        read(data)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    )
)
def test_no_json_breaks_the_parser(content):
    try:
        cells = read(json.dumps(content).encode()).cells
    except RejectedError:
        return
    assert all(isinstance(cell.source, str) and cell.exercises is not None for cell in cells)


def cell(number, source):
    return Cell(number, source)


def test_a_plan_ends_with_the_answer_and_leaves_out_what_killed():
    cells = [cell(1, "import a"), cell(2, marked("06-1", "x")), cell(3, "library"), cell(4, marked("06-2", "y")),
             cell(5, "below")]  # fmt: skip

    def numbers(**more):
        arguments = {"own": {4}, "without": frozenset(), "all_first": False} | more
        return [(one["number"], one["answer"]) for one in planned(cells, **arguments)]

    assert numbers() == [(1, False), (2, False), (3, False), (4, True)]
    assert numbers(without=frozenset({2, 4})) == [(1, False), (3, False), (4, True)]
    assert numbers(all_first=True) == [(1, False), (2, False), (3, False), (5, False), (4, True)]
    assert [one.number for one in answer_cells([*cells, cell(6, marked("06-2", STUBS["06-2"]))], "06-2")] == [4]


def test_remarks_tell_what_is_odd():
    one = exercises()["loss_D"]
    answer = cell(1, marked("06-2", RIGHT["06-2"]))
    honest = [answer, cell(2, "check.loss_D(loss_D)")]
    assert list(remarks(honest, [answer], one, "pass", Told())) == []
    assert list(remarks([answer, cell(2, "check.loss_D(print)")], [answer], one, "fail", Told())) == [
        "its check cell was edited or removed"
    ]
    spoilt = [*honest, cell(3, "check.loss_D = print")]
    assert "`check` was overwritten" in list(remarks(spoilt, [answer], one, "fail", Told(library=("ganlib.x",))))
    assert "it calls ganlib.x" in list(remarks(honest, [answer], one, "pass", Told(library=("ganlib.x",))))
    pasted = [*honest, Cell(3, "", "06-2 loss_D: passed")]
    assert list(remarks(pasted, [answer], one, "fail", Told())) == ["a stored output says that it passed"]
    assert list(remarks(pasted, [answer], one, "pass", Told())) == []


# The folder


def test_hand_ins_and_folders_know_their_students(tmp_path):
    for name in (
        "hand_in_06_Anna_B.ipynb",
        "ben.ipynb",
        ".hidden.ipynb",
        "Thumbs.db",
        "clara/a/06.ipynb",
        "clara/b.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(lesson(RIGHT))
    found = [(one.student, one.file, one.problem) for one in collect(tmp_path)]
    assert found == [
        ("Anna_B", "hand_in_06_Anna_B.ipynb", ""),
        ("ben", "ben.ipynb", ""),
        ("clara", "clara/a/06.ipynb", ""),
    ]
    with pytest.raises(ValueError, match="no folder"):
        collect(tmp_path / "nowhere")


def test_a_folder_that_is_swapped_for_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "a.ipynb")
    address = str(tmp_path / "s.ipynb")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        assert [bool(batch.content_of(one).problem) for one in collect(tmp_path)] == [True, True]


def test_what_is_due_follows_what_was_handed_in(tmp_path):
    (tmp_path / "a.ipynb").write_bytes(lesson(RIGHT))
    (tmp_path / "b.ipynb").write_bytes(lesson(STUBS))
    (tmp_path / "c.ipynb").write_bytes(notebook(marked("02-1", "x = 1")))
    (tmp_path / "d.ipynb").write_bytes(b"nothing")
    tasks = {one.handed.student: one for one in batch.plan(collect(tmp_path), None, seed=1, limits=Limits())}
    of_06 = tuple(one.name for one in exercises().values() if one.id.startswith("06"))
    assert tasks["a"].due == tasks["b"].due == tasks["d"].due == of_06
    assert set(tasks["c"].due) == {one.name for one in exercises().values() if one.id.startswith("02")}
    assert tasks["d"].problem and not tasks["a"].problem
    with pytest.raises(ValueError, match="notebook 77"):
        batch.plan(collect(tmp_path), ["77"], seed=1, limits=Limits())
    only = batch.plan(collect(tmp_path), ["06"], seed=1, limits=Limits())
    assert {one.due for one in only} == {of_06}


def test_of_several_files_the_better_one_counts():
    marks = [
        Mark("a", "06-1", "best_D", "fail", file="1"),
        Mark("a", "06-1", "best_D", "pass", file="2"),
        Mark("a", "06-1", "best_D", "not done", file="3"),
    ]
    (one,) = batch.merged(marks)
    assert one.outcome == "pass" and one.notes == ("several files: 2 counted",)


# The batch


class Inline(Executor):
    """Runs at once; what `breaks` names breaks the pool, as a worker that dies does."""

    def __init__(self, breaks=()):
        self.breaks = breaks

    def submit(self, function, task):
        future = Future()
        try:
            if task.handed.student in self.breaks:
                raise BrokenProcessPool("died")
            future.set_result(function(task))
        except Exception as error:
            future.set_exception(error)
        return future


def fake_tasks(tmp_path, names="abc"):
    for name in names:
        (tmp_path / f"{name}.ipynb").write_bytes(lesson(RIGHT))
    return batch.plan(collect(tmp_path), ["06"], seed=7, limits=Limits())


def test_a_dead_worker_costs_one_file(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "grade_task", lambda task: [Mark(task.handed.student, "06-1", "best_D", "pass")])
    tasks = fake_tasks(tmp_path)
    done = list(batch.run(tasks, lambda: Inline(breaks=("b",))))
    assert sorted((task.handed.student, marks[0].outcome, fine) for task, marks, fine in done) == [
        ("a", "pass", True),
        ("b", "crashed", False),
        ("c", "pass", True),
    ]


def test_a_stopped_run_goes_on_where_it_was(tmp_path, monkeypatch):
    graded = []

    def grade(task):
        graded.append(task.handed.student)
        return [Mark(task.handed.student, "06-1", "best_D", "pass", "h", ("n",))]

    monkeypatch.setattr(batch, "grade_task", grade)
    tasks, path = fake_tasks(tmp_path), tmp_path / "marks.journal"
    journal = batch.Journal(path, 7, Limits())
    journal.add(tasks[0].key, grade(tasks[0]))
    with path.open("a") as file:
        file.write('{"key": "cut o')
    marks, broken = command.work_through(tasks, batch.Journal(path, None, Limits()), Inline)
    assert graded == ["a", "b", "c"] and broken == 0
    assert {mark.student for mark in marks} == {"a", "b", "c"} and marks[0] == Mark(
        "a", "06-1", "best_D", "pass", "h", ("n",)
    )
    assert batch.Journal(path, None, Limits()).seed == 7
    assert batch.Journal(path, None, Limits(seconds=3)).done == {}  # other limits: another run


def test_a_changed_file_is_graded_again(tmp_path):
    tasks = fake_tasks(tmp_path, "a")
    (tmp_path / "a.ipynb").write_bytes(lesson(STUBS))
    assert batch.plan(collect(tmp_path), ["06"], seed=7, limits=Limits())[0].key != tasks[0].key


@contextmanager
def no_pool():
    yield Inline()


def refusal(capsys, *arguments):
    code = main(["grade", *map(str, arguments)])
    return code, capsys.readouterr().err


def test_it_refuses_root_and_a_missing_sandbox(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 0)
    code, said = refusal(capsys, tmp_path)
    assert code == 1 and "--as-root" in said
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    code, said = refusal(capsys, tmp_path)
    assert code == 1 and "bubblewrap" in said and "--unsafe" in said


def test_an_old_bubblewrap_is_refused(monkeypatch):
    old = subprocess.CompletedProcess([], 0, stdout="--perms --as-pid-1", stderr="")
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: "/usr/bin/bwrap")
    monkeypatch.setattr(sandbox.subprocess, "run", lambda *_, **__: old)
    assert "--size" in sandbox.available()


def test_a_sandbox_that_does_not_start_says_so(monkeypatch):
    monkeypatch.setattr(view, "python", lambda: "/bin/false")
    with Box(Limits(), unsafe=True) as box, pytest.raises(NoSandboxError):
        box.start()


@needs_sandbox
def test_the_command_grades_a_folder(tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "anna.ipynb").write_bytes(
        lesson(RIGHT | {"06-2": "def loss_D(r, f): return -losses.cross_entropy_D(r, f)"})
    )
    (folder / "ben.ipynb").write_bytes(b"broken")
    out = tmp_path / "marks.csv"
    tables = []
    for seed in ("1", "2"):
        assert main(["grade", str(folder), "--out", str(out), "--seed", seed, "--jobs", "1", "--as-root"]) == 0
        rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
        tables.append([(row["student"], row["exercise"], row["outcome"]) for row in rows])
    of_06 = [*(one.id for one in exercises().values() if one.id.startswith("06")), *questions_of("06")]
    due = {"06-1": "pass", "06-2": "fail", "06-3": "pass"}
    assert tables[0] == [("anna", name, due.get(name, "not done")) for name in of_06] + [
        ("ben", name, "rejected") for name in of_06
    ]
    assert tables[0] == tables[1]
    assert "seed 2" in (tmp_path / "marks.html").read_text("utf-8")
    out.with_name("marks-override.csv").write_text("student;exercise;outcome\nanna;loss_D;pass\n")
    assert main(["grade", str(folder), "--out", str(out), "--jobs", "1", "--as-root"]) == 0
    assert "going on: 2 of 2 files are done" in capsys.readouterr().out
    rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
    assert [row["graded"] for row in rows if row["outcome"] == "pass"] == ["", "fail", ""]


def test_a_job_that_says_too_much_is_rejected():
    ours, theirs = socket.socketpair()
    box = Box(Limits(output=1000))
    box.control = socket.socket()
    conversation = job.Job(box, ours)
    theirs.sendall(bytes(5000))
    with pytest.raises(job.StoppedError, match="more to the grader"):
        conversation.receive(3000)
    for one in (ours, theirs, box.control):
        one.close()


def test_workers_are_spawned_and_not_forked():
    assert batch.local(2).keywords["mp_context"] is multiprocessing.get_context("spawn")
