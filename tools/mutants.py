"""How sharp are the checks? Change the solutions in small ways, and count how many changed ones a check still passes.

    python tools/mutants.py                       all exercise notebooks
    python tools/mutants.py 05 06                 these only
    python tools/mutants.py 06 --kinds swap mode  changes of these kinds only: they lie in tools/mutants_changes.py
                                                  and, what changes more than its result, in tools/mutants_impure.py
    python tools/mutants.py --survivors           list the ones that were passed, too

A survivor is either a hole in the check or does the same as the solution. The latter are listed in EQUIVALENT, with a
reason each; they do not count.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import re
import signal
import sys
import warnings
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ganlib.check.catalogue import exercises  # noqa: E402
from ganlib.check.exercise import Exercise, judge  # noqa: E402
from tools.mutants_changes import KINDS, mutants  # noqa: E402
from tools.mutants_equivalent import EQUIVALENT  # noqa: E402
from tools.mutants_impure import ACTED, IMPURE  # noqa: E402
from tools.pipeline.course import Course  # noqa: E402
from tools.pipeline.exercises import MARK, exercise_sources, solutions  # noqa: E402

SECONDS = 10  # a mutant that loops is caught


def surroundings(source: Path) -> dict:
    """Return the names that an answer cell finds: imports, functions, classes and assignments of the other cells."""
    import matplotlib

    matplotlib.use("Agg")
    space: dict = {"__name__": "answers"}
    exec("import torch\nfrom ganlib import runtime\ndevice = torch.device('cpu')", space)
    kept = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.Assign
    for cell in re.split(r"(?m)^# %%.*$\n?", source.read_text(encoding="utf-8")):
        if MARK.search(cell.strip()) or re.fullmatch(r"(#.*\n?|\s)*", cell):
            continue
        for statement in ast.parse(cell).body:
            if isinstance(statement, kept):
                with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
                    exec(compile(ast.Module([statement], []), source.name, "exec"), space)
    return space


class Endless(BaseException):
    """A mutant takes too long; nothing that an answer's driver catches."""


def passes(exercise: Exercise, code: str, space: dict) -> bool:
    """Say whether the check passes an answer; one that raises or takes too long does not."""
    bare = replace(exercise, mistakes=(), explain=None)

    def too_long(*_):
        raise Endless

    before = signal.signal(signal.SIGALRM, too_long)
    remaining, _ = signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        warnings.simplefilter("ignore")  # mutants divide by zero
        mine = dict(space) | {one.__name__: one for kind in IMPURE.values() for one in kind}
        exec(code, mine)
        answer = mine[exercise.name]
        rng = np.random.default_rng(zlib.crc32(exercise.id.encode()))
        return judge(bare, lambda inputs: exercise.run(answer, inputs), rng).passed
    except (Exception, Endless):
        return False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, remaining)  # the test runner's own


def survivors(
    source: Path, every: int = 1, first: int = 0, kinds: Iterable[str] = KINDS
) -> tuple[Counter, list[tuple[str, str, str]]]:
    """Return how many mutants of a notebook's solutions were tried of each kind, and (kind, id, change) of those that
    a check passed.

    Mutants that EQUIVALENT lists are not tried. every, first: take each `every`-th of them only, from the `first` on.

    Raises:
        RuntimeError: if an unchanged solution does not pass, so that its mutants would say nothing.
    """
    by_id = {one.id: one for one in exercises().values()}
    space, tried, left = surroundings(source), Counter(), []
    for name, code in solutions(source):
        if not passes(by_id[name], code, space):
            raise RuntimeError(f"{source.name}: the solution of {name} does not pass its own check")
        for number, (kind, change, changed) in enumerate(mutants(code, by_id[name].name, kinds)):
            if (name, change) in EQUIVALENT or number % every != first % every:
                continue
            ACTED.clear()
            passed = passes(by_id[name], changed, space)
            if passed and kind in IMPURE and not ACTED:
                continue  # it has no network to freeze, say
            tried[kind] += 1
            if passed:
                left.append((kind, name, change))
    return tried, left


def main(arguments: list[str] | None = None) -> int:
    """Print the share of mutants that the checks catch; return 1 if it is below 95 % in a notebook."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", metavar="06")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--survivors", action="store_true", help="list the mutants that were passed")
    options = parser.parse_args(arguments)
    poor, tried_of, left_of = 0, Counter(), Counter()
    for source in exercise_sources(Course.load(ROOT)):
        if options.numbers and not source.stem.startswith(tuple(options.numbers)):
            continue
        tried, left = survivors(source, kinds=options.kinds)
        tried_of += tried
        left_of += Counter(kind for kind, _, _ in left)
        poor += len(left) > 0.05 * tried.total()
        print(told(source.stem, tried.total(), len(left)), flush=True)
        for kind, name, change in left if options.survivors else []:
            print(f"    {name} {kind}: {change}", flush=True)
    for kind in options.kinds:
        print(told(kind, tried_of[kind], left_of[kind]))
    return min(poor, 1)


def told(name: str, tried: int, left: int) -> str:
    """Return a line of the report."""
    return f"{name:28} {tried:4} mutants, {1 - left / tried:6.1%} caught" if tried else f"{name:28}    0 mutants"


if __name__ == "__main__":
    sys.exit(main())
