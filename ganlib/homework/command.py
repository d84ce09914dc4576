"""`python -m ganlib grade`: from a folder of notebooks to a table of marks."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

SAFE_ONLY = "submissions run in a sandbox only; --unsafe runs them without one, with your rights on your files"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the grader's arguments to its command."""
    command.add_argument(
        "submissions", type=Path, help="folder with NAME.ipynb or NAME/anything.ipynb for each student"
    )
    command.add_argument("--out", type=Path, default=Path("marks.csv"), help="(default: %(default)s); a page beside it")
    command.add_argument("--notebook", nargs="+", metavar="NN", help="grade these only (default: what was handed in)")
    command.add_argument("--seed", type=int, help="of the inputs, to repeat a run (default: a new one; it is reported)")
    command.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at once (default: every core)")
    command.add_argument("--dask", metavar="ADDRESS", help="grade on the workers of this Dask scheduler")
    command.add_argument(
        "--seconds", type=float, default=20.0, help="computing time an exercise (default: %(default)s)"
    )
    command.add_argument("--memory", type=float, default=2.0, help="GiB an exercise may use (default: %(default)s)")
    command.add_argument("--fresh", action="store_true", help="do not go on where a run was stopped")
    command.add_argument("--unsafe", action="store_true", help="run without a sandbox: only what you trust")
    command.add_argument("--as-root", action="store_true", help="yes, grade as root")


def refuse(options: argparse.Namespace) -> None:
    """Raise ValueError where it is not safe to begin, saying what to do."""
    from ganlib.homework.sandbox import available

    if os.getuid() == 0 and not options.as_root:
        raise ValueError(
            "you are root: grade as an ordinary user, or say --as-root (the sandbox then drops root's rights)"
        )
    if options.jobs < 1 or options.seconds <= 0 or options.memory <= 0:
        raise ValueError("--jobs, --seconds and --memory must be positive")
    if not options.unsafe and not options.dask and (problem := available()):
        raise ValueError(f"{problem}; {SAFE_ONLY}")


def grade(options: argparse.Namespace) -> None:
    """Grade a folder of submissions and write the marks."""
    from ganlib.homework import batch, report
    from ganlib.homework.collect import collect
    from ganlib.homework.sandbox import Limits

    refuse(options)
    limits = Limits(seconds=options.seconds, clock=3 * options.seconds + 10, memory=int(options.memory * 2**30))
    submissions = collect(options.submissions)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    batch.plan(
        submissions, options.notebook, seed=0, limits=limits
    )  # before a journal is begun: is there anything due?
    journal = batch.Journal(options.out.with_suffix(".journal"), options.seed, limits, options.fresh)
    tasks = batch.plan(submissions, options.notebook, seed=journal.seed, limits=limits, unsafe=options.unsafe)
    made = partial(batch.dask, options.dask) if options.dask else batch.local(options.jobs)
    marks, broken = work_through(tasks, journal, made)
    students = len({mark.student for mark in marks})
    about = f"{students} students, {len(marks)} marks, seed {journal.seed}, ganlib {version()}"
    page = report.write(batch.merged(marks), options.out, about)
    counts = Counter(mark.outcome for mark in batch.merged(marks))
    print(f"{about}: " + ", ".join(f"{name} {count}" for name, count in counts.most_common()))
    print(f"wrote {options.out} and {page}")
    if broken:
        raise ValueError(f"{broken} files could not be graded, their rows say so; run the same command again for those")
    journal.remove()


def work_through(tasks: list, journal, made) -> tuple[list, int]:
    """Grade what the journal does not know yet; return all marks, and how many files the grader itself failed on."""
    from ganlib.homework import batch

    done = {task.key: journal.done[task.key] for task in tasks if task.key in journal.done}
    left = [task for task in tasks if task.key not in done]
    if done:
        print(f"going on: {len(done)} of {len(tasks)} files are done")
    marks = [mark for found in done.values() for mark in found]
    broken, started = 0, time.monotonic()
    for count, (task, found, fine) in enumerate(batch.run(left, made) if left else (), start=1):
        marks += found
        broken += not fine
        if fine:
            journal.add(task.key, found)
        passed = sum(mark.outcome == "pass" for mark in found)
        rate = 60 * count / (time.monotonic() - started)
        print(f"{count}/{len(left)}  {passed} of {len(found)} passed  {task.handed.file}  ({rate:.0f} a minute)",
              file=sys.stderr, flush=True)  # fmt: skip
    return marks, broken


def version() -> str:
    from ganlib import __version__

    return __version__
