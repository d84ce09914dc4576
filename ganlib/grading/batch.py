"""All submissions: who is graded on what, in several processes or machines at once, with a journal to go on from."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import multiprocessing
import os
import secrets
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from ganlib.grading.collect import Handed
from ganlib.grading.grade import OUTCOMES, Mark
from ganlib.grading.parse import Cell, RejectedError, read
from ganlib.grading.sandbox.box import Limits, own_box
from ganlib.grading.sandbox.inside.limits import PR_SET_PDEATHSIG, prctl
from ganlib.grading.tree import UnreadableError

CODE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Task:
    """One file to grade, ready to be sent to another process or machine.

    due: names of exercises.  quizzes: a question's name -> the letters that were chosen.  python: the version that the
    notebook was saved with.
    """

    handed: Handed
    cells: tuple[Cell, ...]
    due: tuple[str, ...]
    seed: int
    limits: Limits
    unsafe: bool = False
    problem: str = ""
    quizzes: dict[str, str] = field(default_factory=dict)
    python: str = ""

    @property
    def key(self) -> str:
        return "/".join([self.handed.student, self.handed.file, self.handed.fingerprint, *self.due])


def plan(
    submissions: list[Handed], notebooks: list[str] | None, *, seed: int, limits: Limits, unsafe: bool = False
) -> list[Task]:
    """Decide what each file is graded on.

    The exercises of `notebooks` if given; else of those notebooks that a student's own files have markers of, and of
    the one that most students handed in for whoever handed in nothing that can be read.

    Raises:
        ValueError: if no file has any exercise of the course.
    """
    from ganlib.check.catalogue import exercises

    known = exercises().values()
    contents = [content_of(handed) for handed in submissions]
    found: dict[str, set[str]] = {handed.student: set() for handed in submissions}
    for content in contents:
        found[content.handed.student] |= {name[:2] for cell in content.cells for name in cell.exercises}
    there = {one.id[:2] for one in known}
    counts = Counter(number for numbers in found.values() for number in numbers & there)
    if unknown := set(notebooks or []) - there:
        raise ValueError(f"no exercises belong to notebook {sorted(unknown)[0]}; there are {', '.join(sorted(there))}")
    if not counts and not notebooks:
        raise ValueError(
            "no submission has a cell with a line like `# EXERCISE: 06-2`: name the notebook, --notebook 06"
        )
    usual = {min(counts, key=lambda number: (-counts[number], number))} if counts else set()
    tasks = []
    for handed, cells, quizzes, python, problem in contents:
        numbers = set(notebooks or ()) or (found[handed.student] & there) or usual
        due = tuple(one.name for one in sorted(known, key=lambda one: order(one.id)) if one.id[:2] in numbers)
        tasks.append(Task(handed, cells, due, seed, limits, unsafe, problem, quizzes, python))
    return tasks


def order(name: str) -> tuple[int, int]:
    """Return what sorts "06-2" before "06-10"."""
    notebook, number = name.split("-")
    return int(notebook), int(number)


class Content(NamedTuple):
    """What a file holds. handed: with its fingerprint.  problem: why there is nothing, "" if there is."""

    handed: Handed
    cells: tuple[Cell, ...] = ()
    quizzes: dict[str, str] = {}  # noqa: RUF012  (of a named tuple: nobody writes into it)
    python: str = ""
    problem: str = ""


def content_of(handed: Handed) -> Content:
    """Read one file: its code cells and quiz answers, or why there are none."""
    if handed.problem or handed.source is None:
        return Content(handed, problem=handed.problem)
    try:
        data = handed.source.read()
        handed = replace(handed, fingerprint=hashlib.sha256(data).hexdigest())
        content = read(data)
    except (UnreadableError, RejectedError) as error:
        return Content(handed, problem=str(error))
    return Content(handed, content.cells, content.quizzes, content.python)


def grade_task(task: Task) -> list[Mark]:
    """Grade one file; runs in a worker. Never raises because of what is in the file."""
    import torch

    from ganlib.check.catalogue import exercises
    from ganlib.grading.grade import grade, owned, rejected

    torch.set_num_threads(1)
    due = [exercises()[name] for name in task.due]
    if task.problem:
        marks = rejected(due, task.problem)
    else:
        box = own_box(task.limits, task.unsafe, threading.get_ident())
        marks = grade(list(task.cells), due, box, task.seed, task.python)
    return owned(marks, task.handed.student, task.handed.file)


def local(workers: int) -> Callable[[], Executor]:
    """Return a maker of a pool of processes on this machine, which end with this one however it ends."""
    context = multiprocessing.get_context("spawn")
    # After Ctrl-C a helper of multiprocessing clears up what its locks left in /dev/shm; that is no news for anybody.
    os.environ.setdefault("PYTHONWARNINGS", "ignore:resource_tracker")
    return functools.partial(
        ProcessPoolExecutor, workers, mp_context=context, initializer=live_with, initargs=(os.getpid(),)
    )


def live_with(parent: int) -> None:
    """End this process when its parent ends; leave Ctrl-C to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


@contextlib.contextmanager
def dask(address: str) -> Iterator[Executor]:
    """Give an executor on a cluster of Dask, by its scheduler's address.

    Raises:
        ValueError: if Dask is not installed.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ValueError('Dask is not installed: pip install "ganlib[grade]"') from error
    with Client(address, set_as_default=False) as client:
        yield client.get_executor(pure=False)


def run(
    tasks: list[Task], make: Callable[[], contextlib.AbstractContextManager], ahead: int = 8
) -> Iterator[tuple[Task, list[Mark], bool]]:
    """Grade all tasks; yield each with its marks and whether the grader itself did its work, in the order they end.

    A worker that dies takes its pool with it. The files that were in work are then done one by one, each in a pool of
    its own, so that only the one that kills pays. ahead: how many are in work, or wait for a worker, at most.
    """
    left = list(tasks)
    while left:
        suspects: list[Task] = []
        yield from together(left, suspects, make, ahead)
        for task in suspects:
            try:
                with make() as executor:
                    yield task, executor.submit(grade_task, task).result(), True
            except Exception as error:
                yield task, failed(task, error), False


def together(
    left: list[Task], suspects: list[Task], make: Callable[[], contextlib.AbstractContextManager], ahead: int
) -> Iterator[tuple[Task, list[Mark], bool]]:
    """Grade tasks, taken from the front of `left`, in one pool; if that breaks, `suspects` gets those in work."""
    with make() as executor:
        working: dict = {}
        while left or working:
            while left and len(working) < ahead:
                task = left.pop(0)
                working[executor.submit(grade_task, task)] = task
            done, _ = wait(working, return_when=FIRST_COMPLETED)
            for future in done:
                task = working.pop(future)
                try:
                    marks = future.result()
                except BrokenExecutor:
                    suspects += [task, *working.values()]
                    return
                except Exception as error:
                    yield task, failed(task, error), False
                    continue
                yield task, marks, True


def failed(task: Task, error: Exception) -> list[Mark]:
    """Return the marks of a file that the grader could not grade, which is not the student's doing."""
    from ganlib.check.catalogue import exercises

    why = f"The grader failed, run it again: {type(error).__name__}: {error}"
    due = [exercises()[name] for name in task.due]
    return [Mark(task.handed.student, one.id, one.name, "crashed", why, file=task.handed.file) for one in due]


def merged(marks: list[Mark]) -> list[Mark]:
    """Return one mark a student and exercise, sorted: of several files the better one, with a note."""
    best: dict[tuple[str, str], Mark] = {}
    for mark in sorted(marks, key=lambda mark: (mark.student, order(mark.exercise), mark.file)):
        place = (mark.student, mark.exercise)
        other = best.get(place)
        if other is None:
            best[place] = mark
            continue
        better = min(other, mark, key=lambda one: OUTCOMES.index(one.outcome))
        note = f"several files: {better.file} counted"
        notes = tuple(one for one in better.notes if not one.startswith("several files"))
        best[place] = Mark(**{**vars(better), "notes": (*notes, note)})
    return list(best.values())


class Journal:
    """What is done so far, in a file beside the marks: a line a file, written as soon as it is graded."""

    def __init__(self, path: Path, seed: int | None, limits: Limits, fresh: bool = False):
        """Go on from the journal at `path` if it is of the same course, limits and seed; begin a new one otherwise."""
        self.path, self.done = path, {}
        version = course_version(limits)
        lines, whole = ([], 0) if fresh else readable(path)
        head = lines[0] if lines else {}
        same = head.get("version") == version and (seed is None or head.get("seed") == seed)
        if same and type(head.get("seed")) is int:
            os.truncate(path, whole)  # a line that was cut off would spoil the next one
            self.seed = head["seed"]
            self.done = {line["key"]: [mark_of(one) for one in line["marks"]] for line in lines[1:]}
        else:
            self.seed = secrets.randbits(48) if seed is None else seed
            path.write_text(json.dumps({"version": version, "seed": self.seed}) + "\n", encoding="utf-8")

    def add(self, key: str, marks: list[Mark]) -> None:
        """Write down one file's marks; they are on the disk when this returns."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "marks": [asdict(mark) for mark in marks]}) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def readable(path: Path) -> tuple[list[dict], int]:
    """Return a journal's whole lines up to the first that was cut off or spoilt, and how many bytes they are."""
    lines, whole = [], 0
    if path.is_file():
        for line in path.read_bytes().splitlines(keepends=True):
            try:
                content = json.loads(line)
            except ValueError:
                break
            if not line.endswith(b"\n") or not isinstance(content, dict):
                break
            lines.append(content)
            whole += len(line)
    return lines, whole


def mark_of(fields: dict) -> Mark:
    return Mark(**{**fields, "notes": tuple(fields["notes"])})


def course_version(limits: Limits) -> str:
    """Return what changes whenever exercises, what judges them or limits do; how marks are shown is no matter."""
    digest = hashlib.sha256(repr(limits).encode())
    grader = CODE / "grading"
    judging = [*(CODE / "check").rglob("*.py"), *grader.glob("*.py"), *(grader / "sandbox").rglob("*.py")]
    for path in sorted(path for path in judging if path.name not in ("listing.py", "roster.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
