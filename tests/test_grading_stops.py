"""A run that is stopped: by Ctrl-C, a signal or a dead machine. Nothing is left running, and the next run goes on."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from submissions.makers import IMPORTS, RIGHT, STUBS, lesson, marked, notebook

from ganlib.__main__ import main
from ganlib.grading import batch
from ganlib.grading.grade import Mark
from ganlib.grading.sandbox.box import Limits, available
from ganlib.grading.sandbox.usage import family

needs_sandbox = pytest.mark.skipif(available() is not None, reason=f"NO SANDBOX TESTED: {available()}")
pytestmark = pytest.mark.timeout(3000)
ROOT = Path(__file__).resolve().parents[1]
SLEEPS = "import time\ntime.sleep(600)"
GIVE_UP = 900  # seconds, on the busiest machine


def started(folder, out, *more):
    """Start the command as a terminal does, in a group of processes of its own."""
    command = [sys.executable, "-m", "ganlib", "grade", str(folder), "--out", str(out), "--seed", "3", "--jobs", "2",
               "--notebook", "06", "--as-root", *more]  # fmt: skip
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def finished(folder, out):
    with started(folder, out) as process:
        said, complaint = process.communicate(timeout=GIVE_UP)
    assert process.returncode == 0, complaint
    return said


def lines(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def until(true, what):
    give_up = time.monotonic() + GIVE_UP
    while not true():
        assert time.monotonic() < give_up, what
        time.sleep(0.05)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def marks_of(out):
    rows = csv.DictReader(out.read_text("utf-8-sig").splitlines())
    return [(row["student"], row["exercise"], row["outcome"], row["hint"]) for row in rows]


def write_class(folder, students):
    """Write notebooks that differ: right, wrong, missing, unreadable."""
    folder.mkdir()
    kinds = ({"06-1": RIGHT["06-1"]}, {"06-3": "def loss_G(f):\n    return f.mean()"}, {"06-2": STUBS["06-2"]}, {})
    for number in range(students):
        data = lesson(kinds[number % 4]) if number % 7 else b"torn"
        (folder / f"student{number:03}.ipynb").write_bytes(data)


STOPS = {"Ctrl-C": (signal.SIGINT, True), "end": (signal.SIGTERM, False), "kill": (signal.SIGKILL, False)}


@needs_sandbox
@pytest.mark.parametrize("name", ["Ctrl-C", *(pytest.param(name, marks=pytest.mark.slow) for name in ("end", "kill"))])
def test_a_signal_ends_all_of_it_and_keeps_what_is_graded(name, tmp_path):
    number, whole_group = STOPS[name]
    folder, out = tmp_path / "in", tmp_path / "marks.csv"
    write_class(folder, 4)
    for count in range(8):
        (folder / f"zzz{count}.ipynb").write_bytes(notebook(IMPORTS, marked("06-3", SLEEPS)))
    process = started(folder, out)
    journal = out.with_suffix(".journal")
    until(lambda: lines(journal) > 1, "nothing was graded")
    until(lambda: len(family(process.pid)) >= 7, "no sandbox was started")
    members = family(process.pid)
    (os.killpg if whole_group else os.kill)(process.pid, number)
    _, said = process.communicate(timeout=GIVE_UP)  # ends when nobody holds the pipes any more
    assert process.returncode == (-9 if number == signal.SIGKILL else 128 + number), said
    assert "Traceback" not in said
    if number != signal.SIGKILL:
        assert said.rstrip().endswith("the same command goes on from here")
    until(lambda: not any(map(alive, members)), "processes are left")
    before = [json.loads(line) for line in journal.read_text().splitlines()]
    assert len(before) > 1 and not out.exists()
    for path in folder.glob("zzz*"):
        path.unlink()
    assert "going on" in finished(folder, out)
    assert {student for student, *_ in marks_of(out)} == {f"student{number:03}" for number in range(4)}


@needs_sandbox
def test_ctrl_c_before_anything_is_graded(tmp_path):
    folder, out = tmp_path / "in", tmp_path / "marks.csv"
    write_class(folder, 4)
    process = started(folder, out)
    until(lambda: len(family(process.pid)) >= 4, "no worker was started")
    members = family(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=GIVE_UP)
    assert process.returncode == 130, said
    until(lambda: not any(map(alive, members)), "processes are left")


@needs_sandbox
@pytest.mark.slow
def test_a_class_that_is_killed_twice_gets_the_same_marks(tmp_path):
    folder = tmp_path / "in"
    write_class(folder, 300)
    once, again = tmp_path / "once" / "marks.csv", tmp_path / "again" / "marks.csv"
    finished(folder, once)
    for least in (60, 180):
        process = started(folder, again)
        until(lambda least=least: lines(again.with_suffix(".journal")) > least, "nothing was graded")
        process.kill()
        process.communicate()
    assert "going on" in finished(folder, again)
    assert marks_of(once) == marks_of(again)
    assert len({student for student, *_ in marks_of(once)}) == 300


def test_a_journal_that_was_cut_off_anywhere_loses_one_line_at_most(tmp_path):
    path, marks = tmp_path / "marks.journal", [Mark("Zoë", "06-1", "best_D", "pass", "hint", ("note",))]
    journal = batch.Journal(path, 7, Limits())
    journal.add("first", marks)
    whole = path.stat().st_size
    journal.add("second", marks)
    data = path.read_bytes()
    for length in range(whole, len(data)):
        path.write_bytes(data[:length])
        batch.Journal(path, 7, Limits()).add("third", marks)
        assert batch.Journal(path, 7, Limits()).done == {"first": marks, "third": marks}, length
    path.write_bytes(data)
    assert batch.Journal(path, 7, Limits()).done == {"first": marks, "second": marks}


WRONG = {
    "--memory inf": "no positive number", "--memory nan": "no positive number", "--memory 0.2": "from 1",
    "--memory 9999": "to 1024", "--seed -5": "no seed", "--seed x": "seed", "--seconds nan": "no positive number",
    "--seconds -1": "no positive number", "--seconds 1e300": "at most", "--jobs 0": "between 1 and 256",
    "--jobs 100000": "between 1 and 256", "--notebook 77": "notebook 77", "--notebook banana": "notebook banana",
    "--out marks.html": "name it .csv", "--out FOLDER": "is a folder", "--out FOLDER/in/marks.csv": "among the submis",
    "--out FOLDER/plain.txt/marks.csv": "can't be written", "--out /proc/marks.csv": "can't be written",
}  # fmt: skip


@needs_sandbox
@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_typed_wrongly_is_said_and_costs_nothing(wrong, tmp_path, capsys, monkeypatch):
    folder = tmp_path / "in"
    write_class(folder, 1)
    (tmp_path / "plain.txt").write_text("mine")
    (tmp_path / "marks.html").write_text("mine")
    (tmp_path / "marks.journal").write_text("mine")
    monkeypatch.chdir(tmp_path)
    before = {path: path.stat().st_size for path in tmp_path.rglob("*")}
    with pytest.raises(SystemExit) as end:
        main(["grade", str(folder), "--as-root", *wrong.replace("FOLDER", str(tmp_path)).split()])
    assert end.value.code == 2
    assert WRONG[wrong] in capsys.readouterr().err.splitlines()[-1]
    assert {path: path.stat().st_size for path in tmp_path.rglob("*")} == before
