"""Every submission of tests/submissions gets what it must, and nothing of it stays behind."""

import csv
import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from submissions import ALL

from ganlib.__main__ import main
from ganlib.check.catalogue import exercises
from ganlib.grading.batch import content_of, merged
from ganlib.grading.collect import collect
from ganlib.grading.grade import grade, owned, rejected
from ganlib.grading.sandbox.box import Box, Limits, available

# Who is to be stopped by the clock is given little time. Nobody else may be stopped by it on a slow machine.
SHORT = Limits(seconds=3.0, clock=10.0, idle=6.0, memory=3 * 2**29, scratch=16 * 2**20, cell_seconds=1.0)
ROOMY = replace(SHORT, seconds=60.0, clock=200.0)
WARM = ("torch", "ganlib.losses", "ganlib.check.drive", "ganlib.check.drive.nb06")
REACHED = ("SEEN", "REACHED", "DONE", "nobody counts")

# Each of these costs a new sandbox or waits for its limits, and has a quicker one like it in the table.
SLOW = {"hidden-loop", "bytes-for-ever", "sleeper", "endless-messages", "many-keys", "trickle", "only-one-pays",
        "loop-before", "closes-at-once", "stops-itself", "deep-folders", "memory-family", "aborts", "garbage",
        "long-header", "deep-header", "one-ends-python", "tampered-runner", "many-files"}  # fmt: skip
TABLE = [pytest.param(one, id=ascii(one.name), marks=[pytest.mark.slow] if one.name in SLOW else []) for one in ALL]

needs_sandbox = pytest.mark.skipif(available() is not None, reason=f"NO SANDBOX TESTED: {available()}")


@pytest.fixture(scope="module")
def boxes():
    """Return a sandbox for each of the two limits."""
    with Box(SHORT, warm=WARM) as short, Box(ROOMY, warm=WARM) as roomy:
        yield {SHORT: short, ROOMY: roomy}


def limits_of(submission):
    outcomes = {one for due in submission.due.values() for one in ([due] if isinstance(due, str) else due)}
    return SHORT if "timeout" in outcomes else ROOMY


def mark(submission, folder, box, seed=1):
    """Grade one submission as the command does, on what it is due."""
    submission.write(folder)
    due = [one for one in exercises().values() if one.id in submission.due]
    found = []
    for handed in collect(folder):
        content = content_of(handed)
        marks = rejected(due, content.problem) if content.problem else grade(content.cells, due, box, seed)
        found += owned(marks, handed.student, handed.file)
    return {one.exercise: one for one in merged(found)}


@needs_sandbox
@pytest.mark.parametrize("submission", TABLE)
def test_a_submission_gets_what_it_must(submission, tmp_path, boxes):
    marks = mark(submission, tmp_path, boxes[limits_of(submission)])
    assert {one.student for one in marks.values()} == {submission.name}
    for exercise, due in submission.due.items():
        got = marks[exercise]
        assert got.outcome in ((due,) if isinstance(due, str) else due), (exercise, got)
    first = marks[min(marks)]
    assert submission.hint in first.hint
    assert submission.note in "; ".join(first.notes)
    assert not any(word in one.hint for one in marks.values() for word in REACHED), first.hint


@needs_sandbox
def test_nothing_survives(boxes):
    for box in boxes.values():
        box.start()
        box.close()
    give_up = time.monotonic() + 10  # what has ended stays in /proc until the system's first process has noticed
    while (left := running(str(2_000_000_000 + os.getpid()))) and time.monotonic() < give_up:
        time.sleep(0.1)
    assert left == []
    assert subprocess.run(["pgrep", "-f", "inside.runner", "-P", str(os.getpid())], capture_output=True).stdout == b""


def running(user):
    """Return the processes of a user by their numbers."""
    return [pid for pid in os.listdir("/proc") if pid.isdigit() and user in owner(pid)]


def owner(pid):
    try:
        return (Path("/proc") / pid / "status").read_text()
    except OSError:
        return ""


TOGETHER = ("plain", "colab", "twice", "Müller, Zoë_1234", "handed-in", "half-done", "empty", "pipe", "copycat",
            "quits", "forged", "daemon", "loop", "network", "=cmd()|'x'!A1", "edited-check")  # fmt: skip


@needs_sandbox
@pytest.mark.slow
def test_a_folder_of_all_sorts_is_graded_by_the_command(tmp_path):
    folder, out = tmp_path / "in", tmp_path / "marks.csv"
    folder.mkdir()
    chosen = [submission for submission in ALL if submission.name in TOGETHER]
    for submission in chosen:
        submission.write(folder)
    assert main(["grade", str(folder), "--out", str(out), "--seconds", "3", "--notebook", "06", "--as-root"]) == 0
    rows = csv.DictReader(out.read_text("utf-8-sig").splitlines())
    marks = {(row["student"].removeprefix("'"), row["exercise"]): row["outcome"] for row in rows}
    assert len(chosen) == len(TOGETHER) and {student for student, _ in marks} == set(TOGETHER)
    for submission in chosen:
        for exercise, due in submission.due.items():
            assert marks[submission.name, exercise] in ((due,) if isinstance(due, str) else due), submission.name


def test_there_are_enough_and_no_two_alike():
    assert len(ALL) >= 100 and {submission.name for submission in ALL} > SLOW
    assert len({submission.name for submission in ALL}) == len(ALL)
