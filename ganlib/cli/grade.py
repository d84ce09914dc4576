"""`python -m ganlib grade`: from a folder of notebooks to a table of marks."""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

SAFE_ONLY = "submissions run in a sandbox only; --unsafe runs them without one, with your rights on your files"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the grader's arguments to its command."""
    command.add_argument(
        "submissions", type=Path, nargs="?", help="folder with NAME.ipynb or NAME/anything.ipynb for each student"
    )
    command.add_argument("--out", type=Path, default=Path("marks.csv"), help="(default: %(default)s); a page beside it")
    command.add_argument("--list", action="store_true", help="only say who is taken for a student, and grade nothing")
    command.add_argument("--roster", type=Path, metavar="FILE", help="table of who should hand in: name, id, email")
    command.add_argument(
        "--notebook", nargs="+", type=notebook, metavar="NN", help="grade these only (default: what was handed in)"
    )
    command.add_argument(
        "--seed", type=seed, help="of the inputs, to repeat a run (default: a new one; it is reported)"
    )
    command.add_argument("--jobs", type=at_once, default=os.cpu_count() or 1, help="at once (default: every core)")
    command.add_argument("--dask", metavar="ADDRESS", help="grade on the workers of this Dask scheduler")
    command.add_argument(
        "--seconds", type=positive, default=20.0, help="computing time an exercise (default: %(default)s)"
    )
    command.add_argument("--memory", type=positive, default=2.0, help="GiB an exercise may use (default: %(default)s)")
    command.add_argument("--fresh", action="store_true", help="do not go on where a run was stopped")
    command.add_argument("--unsafe", action="store_true", help="run without a sandbox: only what you trust")
    command.add_argument("--as-root", action="store_true", help="yes, grade as root")
    add_points(command)


def add_points(command: argparse.ArgumentParser) -> None:
    """Add the arguments that turn marks into points."""
    own = command.add_argument_group("points")
    own.add_argument("--points", type=Path, metavar="FILE", help="what each exercise is worth (default: 1 each)")
    own.add_argument("--due", metavar="TIME", help="such as 2026-11-20T23:59: what is handed in later is late")
    own.add_argument("--grace", metavar="TIME", help="after --due that nothing is late yet: 15m, 2h or 1d")
    own.add_argument("--late-penalty", metavar="PART", help="of the points, such as 10%%/day, 1%%/hour or 10%% in all")
    own.add_argument("--late-at-most", metavar="PART", help="the most that being late costs, such as 50%%")
    own.add_argument(
        "--compare",
        nargs=2,
        type=Path,
        metavar=("OLD", "NEW"),
        help="only say what differs between two tables of marks",
    )


def positive(text: str) -> float:
    """Return a number greater than 0 and not infinite."""
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no positive number")
    return number


def at_once(text: str) -> int:
    """Return how many submissions are graded at the same time."""
    number = int(text)
    if not 1 <= number <= 256:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 256")
    return number


def seed(text: str) -> int:
    """Return a seed of random numbers."""
    number = int(text)
    if not 0 <= number < 2**63:
        raise argparse.ArgumentTypeError(f"{text} is no seed: take a whole number from 0 on")
    return number


def notebook(text: str) -> str:
    """Return the number of a notebook with exercises, as "06"."""
    from ganlib.check.catalogue import exercises

    there = sorted({one.id[:2] for one in exercises().values()})
    if text.zfill(2) not in there:
        raise argparse.ArgumentTypeError(f"no exercises belong to notebook {text}; there are {', '.join(there)}")
    return text.zfill(2)


def refuse(options: argparse.Namespace) -> None:
    """Raise ValueError where it is not safe to begin, saying what to do."""
    from ganlib.grading.sandbox.box import available

    if os.getuid() == 0 and not options.as_root:
        raise ValueError(
            "you are root: grade as an ordinary user, or say --as-root (the sandbox then drops root's rights)"
        )
    try:
        if options.memory < 1 or options.memory > 1024:
            raise ValueError("--memory is in GiB, from 1 (torch alone takes half of it) to 1024")
        if options.seconds > 86400:
            raise ValueError("--seconds is at most 86400, which is a day")
        refuse_out(options.out, options.submissions)
    except ValueError as error:  # the command is written wrongly: as argparse does where it can see that itself
        print(f"ganlib: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    if not options.unsafe and not options.dask and (problem := available()):
        raise ValueError(f"{problem}; {SAFE_ONLY}")


def refuse_out(out: Path, submissions: Path) -> None:
    """Raise ValueError where the marks can't be written, or should not."""
    if out.is_dir():
        raise ValueError(f"--out {out} is a folder: name the file for the marks, such as {out / 'marks.csv'}")
    if out.suffix.lower() != ".csv":
        raise ValueError(f"--out {out}: the marks are a table, name it .csv; the page {out.stem}.html comes by itself")
    if out.resolve().is_relative_to(submissions.resolve()):
        raise ValueError(f"--out {out} lies among the submissions: name a place outside, such as --out ../{out.name}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for path in (out, out.with_suffix(".html"), out.with_suffix(".journal")):
            there = path.exists()
            with path.open("ab"):
                pass
            if not there:
                path.unlink()
    except OSError as error:
        raise ValueError(
            f"the marks can't be written to {out}: {error.strerror}. Name another place with --out"
        ) from error


@contextlib.contextmanager
def stopped_cleanly() -> Iterator[None]:
    """On Ctrl-C or a request to end, leave at once: the journal is on the disk, workers and sandboxes end with us."""

    def stop(number: int, _: object) -> None:
        sys.stderr.write("\nstopped; what is graded is kept: the same command goes on from here\n")
        sys.stderr.flush()
        os._exit(128 + number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def grade(options: argparse.Namespace) -> None:
    """Grade a folder of submissions and write the marks."""
    from ganlib.grading import batch, report
    from ganlib.grading.collect import look
    from ganlib.grading.listing import listing, warnings
    from ganlib.grading.report.options import rules_of
    from ganlib.grading.roster import read_roster
    from ganlib.grading.sandbox.box import Limits

    if options.compare:
        return print(report.differences(*options.compare))
    if options.submissions is None:
        raise ValueError("name the folder of submissions, as in: python -m ganlib grade submissions/ --out marks.csv")
    roster = read_roster(options.roster) if options.roster else []
    if options.list:
        return print(listing(look(options.submissions), roster))
    refuse(options)
    rules = rules_of(options)
    limits = Limits(
        seconds=options.seconds,
        clock=3 * options.seconds + 10,
        submission=max(300.0, 15 * options.seconds),
        memory=int(options.memory * 2**30),
    )
    found = look(options.submissions)
    submissions = found.handed
    print("".join(f"warning: {warning}\n" for warning in warnings(found)), end="", file=sys.stderr)
    batch.plan(
        submissions, options.notebook, seed=0, limits=limits
    )  # before a journal is begun: is there anything due?
    journal = batch.Journal(options.out.with_suffix(".journal"), options.seed, limits, options.fresh)
    tasks = batch.plan(submissions, options.notebook, seed=journal.seed, limits=limits, unsafe=options.unsafe)
    made = partial(batch.dask, options.dask) if options.dask else batch.local(options.jobs)
    with stopped_cleanly():
        marks, broken = work_through(tasks, journal, made, 64 if options.dask else options.jobs + 1)
    students = len({mark.student for mark in marks})
    about = f"{students} students, {len(marks)} marks, seed {journal.seed}, ganlib {version()}"
    write_book(report.make_book(tasks, marks, batch.merged(marks), rules, roster, about), options.out)
    if broken:
        raise ValueError(f"{broken} files could not be graded, their rows say so; run the same command again for those")


def write_book(book, out: Path) -> None:
    """Write all files, and say what is in them."""
    from ganlib.grading import report

    page = report.write(book, out)
    counts = Counter(entry.outcome for student in book.students for entry in student.entries)
    print(f"{book.about}: " + ", ".join(f"{name} {count}" for name, count in counts.most_common()))
    print("".join(f"note: {warning}\n" for warning in book.warnings), end="")
    print(f"wrote {out} and {page}, more tables beside them, and a page for each student in {report.FOLDER}/")


def work_through(tasks: list, journal, made, ahead: int = 8) -> tuple[list, int]:
    """Grade what the journal does not know yet; return all marks, and how many files the grader itself failed on."""
    from ganlib.grading import batch

    done = {task.key: journal.done[task.key] for task in tasks if task.key in journal.done}
    left = [task for task in tasks if task.key not in done]
    if done:
        print(f"going on: {len(done)} of {len(tasks)} files are done")
    marks = [mark for found in done.values() for mark in found]
    broken, started = 0, time.monotonic()
    for count, (task, found, fine) in enumerate(batch.run(left, made, ahead) if left else (), start=1):
        marks += found
        broken += not fine
        if fine:
            journal.add(task.key, found)
        passed = sum(mark.outcome == "pass" for mark in found)
        rate = 60 * count / (time.monotonic() - started)
        print(
            f"{count}/{len(left)}  {passed} of {len(found)} passed  {task.handed.file}  ({rate:.0f} a minute)",
            file=sys.stderr,
            flush=True,
        )
    return marks, broken


def version() -> str:
    from ganlib import __version__

    return __version__
