"""How an answer is run: given inputs in, raw numbers out. No references, no expected values live here.

`nbNN` holds the drivers of one notebook's exercises: `drive(answer, inputs) -> outputs`. Inputs and outputs are plain
(numpy arrays, numbers, strings, lists of those); an output's key is words that a student can read.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import linecache
import random
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from ganlib.check.drive.tools import NoAnswer
from ganlib.check.drive.watch import LEFT, Watched, names_of

LONGEST_MESSAGE = 300
SEED = 52_361  # a seed that nobody sets: an answer that sets 0 or 42 shows


@dataclass(frozen=True)
class Failure:
    """An answer raised something: the exception's name, its message, and the line of the answer where it happened."""

    kind: str
    message: str
    line: str = ""


def driver(exercise_id: str, name: str) -> Callable[[Callable, dict], dict]:
    """Return the driver `name` of the notebook that the id, such as "06-2", begins with."""
    return getattr(importlib.import_module(f"ganlib.check.drive.nb{exercise_id[:2]}"), name)


def attempt(drive: Callable[[Callable, dict], dict], answer: Callable, inputs: dict) -> dict | Failure:
    """Run an answer on a copy of `inputs`; return its outputs, or how it failed.

    What its calls changed besides is one more output. `inputs["seed"]`, if there is one, seeds the run.
    """
    watched = Watched(answer, names_of(drive))
    with seeded(SEED + int(inputs.get("seed", 0))), torch.enable_grad():
        try:
            return drive(watched, copy.deepcopy(inputs)) | {LEFT: watched.left}
        except Exception as error:  # whatever a student's code may raise
            return failure(error, answer)


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch, NumPy and Python, and put their random states and torch's default dtype back afterwards."""
    dtype = torch.get_default_dtype()
    of_numpy, of_python = np.random.get_state(), random.getstate()  # noqa: NPY002  (students seed it)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        random.seed(seed)
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)
            np.random.set_state(of_numpy)  # noqa: NPY002
            random.setstate(of_python)


def failure(error: Exception, answer: Callable) -> Failure:
    """Describe what an answer raised; the last frame in the file that defines the answer is to blame."""
    line = ""
    file = getattr(getattr(answer, "__code__", None), "co_filename", None)
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == file and frame.lineno is not None:
            line = linecache.getline(frame.filename, frame.lineno).strip()
    kind = "NoAnswer" if isinstance(error, NoAnswer) else type(error).__name__
    return Failure(kind, str(error)[:LONGEST_MESSAGE], line[:LONGEST_MESSAGE])
