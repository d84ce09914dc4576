"""The grader on two workers of Dask, without a sandbox, and as an ordinary user."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from submissions import ALL
from submissions.makers import RIGHT, STUBS, lesson

from ganlib.check.catalogue import exercises
from ganlib.grading.grade import grade
from ganlib.grading.parse import read
from ganlib.grading.sandbox.box import Box, Limits, available
from ganlib.grading.sandbox.job import StoppedError
from ganlib.grading.sandbox.usage import family

needs_sandbox = pytest.mark.skipif(available() is not None, reason=f"NO SANDBOX TESTED: {available()}")
# Time enough for a slow machine; who loops uses it all.
LIMITS = Limits(seconds=12.0, clock=200.0, idle=100.0, memory=3 * 2**29, scratch=16 * 2**20, cell_seconds=1.0)
WARM = ("torch", "ganlib.losses", "ganlib.check.drive.nb06")
DUE = [one for one in exercises().values() if one.id in RIGHT]

# Runs in a process of its own: Dask's clients leave threads and sockets behind.
CLUSTER = """
import sys
from distributed import LocalCluster
from ganlib.__main__ import main

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        sys.exit(main(["grade", sys.argv[1], "--out", sys.argv[2], "--dask", cluster.scheduler_address, "--as-root"]))
"""


@needs_sandbox
def test_two_workers_of_dask_share_the_work(tmp_path):
    pytest.importorskip("distributed")
    folder = tmp_path / "in"
    folder.mkdir()
    for name, answers in {"anna": RIGHT, "ben": RIGHT | {"06-1": STUBS["06-1"]}}.items():
        (folder / f"{name}.ipynb").write_bytes(lesson(answers))
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    done = subprocess.run(
        [sys.executable, str(script), str(folder), str(tmp_path / "marks.csv")],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[1],
    )
    assert done.returncode == 0, done.stderr
    rows = {
        (row["student"], row["exercise"]): row["outcome"]
        for row in csv.DictReader((tmp_path / "marks.csv").read_text("utf-8-sig").splitlines())
    }
    assert [rows["anna", name] for name in RIGHT] == ["pass"] * 3
    assert [rows["ben", name] for name in RIGHT] == ["not done", "pass", "pass"]


def attack(name):
    (found,) = [one for one in ALL if one.name == name]
    return read(found.data).cells, [one for one in DUE if one.id in found.due]


# Root who plays an ordinary user still owns root's files, so the first two can only be tried by a real one.
AS_USER = [*(["reader", "escape"] if os.getuid() else []), "killer", "network", "daemon"]


@needs_sandbox
@pytest.mark.parametrize("name", AS_USER)
def test_an_ordinary_user_gets_the_same_sandbox(name, plain_box):
    cells, due = attack(name)
    (mark,) = grade(cells, due, plain_box, 1)
    assert mark.outcome == "fail" and not any(word in mark.hint for word in ("SEEN", "DONE", "REACHED")), mark
    assert [mark.outcome for mark in grade(read(lesson(RIGHT)).cells, DUE, plain_box, 1)] == ["pass"] * 3


@pytest.fixture(scope="module")
def plain_box():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "getuid", lambda: 1000)
        with Box(LIMITS, warm=WARM) as box:
            yield box


def test_without_a_sandbox_answers_are_judged_and_loops_ended():
    with Box(LIMITS, unsafe=True, warm=WARM) as box:
        marks = grade(read(lesson(RIGHT | {"06-2": "while True: pass"})).cells, DUE, box, 1)
        first, folder = box.first, box.folder
    assert [mark.outcome for mark in marks] == ["pass", "timeout", "pass"]
    assert first not in family(first) and not Path(folder.name).exists()


@needs_sandbox
def test_what_is_left_running_is_gone_with_the_box():
    with Box(LIMITS, warm=WARM) as box:
        job = box.job(
            {
                "exercise": "06-2",
                "name": "loss_D",
                "drive": "drive_loss_D",
                "sparing": False,
                "cells": [
                    {"number": 1, "source": attack("daemon")[0][1].source, "answer": False},
                    {
                        "number": 2,
                        "source": "import os\nfor _ in range(3):\n    if not os.fork():\n"
                        "        os.setsid()\n        while True: pass",
                        "answer": False,
                    },
                    {"number": 3, "source": "import time; time.sleep(60)", "answer": True},
                ],
            }
        )
        with pytest.raises(StoppedError):
            job.ask()
        members = set(family(box.first))
        assert len(members) >= 4
    assert not any(Path(f"/proc/{pid}").exists() and b"inside.runner" in command(pid) for pid in members)


def command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
