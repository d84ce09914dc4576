"""How sharp are the checks? Change the solutions in small ways, and count how many changed ones a check still passes.

    python tools/mutants.py              all exercise notebooks
    python tools/mutants.py 05 06        these only
    python tools/mutants.py --survivors  list the ones that were passed, too

A survivor is either a hole in the check or does the same as the solution. The latter are listed in EQUIVALENT, with a
reason each; they do not count.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import io
import re
import signal
import sys
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ganlib.check.catalogue import exercises  # noqa: E402
from ganlib.check.exercise import Exercise, judge  # noqa: E402
from tools.mutants_equivalent import EQUIVALENT  # noqa: E402
from tools.pipeline.course import Course  # noqa: E402
from tools.pipeline.exercises import MARK, exercise_sources, solutions  # noqa: E402

SECONDS = 10  # a mutant that loops is caught
OTHER_OPERATOR = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Pow: ast.Mult, ast.MatMult: ast.Mult, ast.Mod: ast.FloorDiv,
}  # fmt: skip
OTHER_COMPARISON = {
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


def changes_of(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what an expression may be changed to."""
    if isinstance(node, ast.BinOp):
        yield ast.BinOp(node.left, OTHER_OPERATOR.get(type(node.op), ast.Add)(), node.right)
        yield node.left
        yield node.right
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Compare):
        yield ast.Compare(node.left, [OTHER_COMPARISON[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.Constant):
        yield from (ast.Constant(value) for value in other_constants(node.value))
    elif isinstance(node, ast.Call):
        yield from other_calls(node)
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) == 2:
        yield ast.Tuple(node.elts[::-1], ast.Load())


def other_constants(value: object) -> list:
    """Return what a constant may be changed to: numbers near by, the other truth value."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1, value - 1] if isinstance(value, int) else [value * 2]
    return []


def other_calls(node: ast.Call) -> Iterator[ast.AST]:
    """Yield a call without itself, with its first two arguments swapped, and without each of its arguments."""
    if isinstance(node.func, ast.Attribute):
        module = isinstance(node.func.value, ast.Name | ast.Attribute) and (node.args or node.keywords)
        if not module:
            yield node.func.value
    if len(node.args) == 1:
        yield node.args[0]
    if len(node.args) >= 2:
        yield ast.Call(node.func, [node.args[1], node.args[0], *node.args[2:]], node.keywords)
    for place in range(len(node.keywords)):
        yield ast.Call(node.func, node.args, node.keywords[:place] + node.keywords[place + 1 :])
    if node.args and isinstance(node.func, ast.Attribute):
        yield ast.Call(node.func, node.args[:-1], node.keywords)


def mutants(code: str) -> Iterator[tuple[str, str]]:
    """Yield (the changed line, changed code) for each small change of a solution."""
    whole = ast.unparse(ast.parse(code)).splitlines()
    for changed in changed_codes(code):
        lines = changed.splitlines()
        yield next((new.strip() for old, new in zip(whole, lines) if old != new), "the end"), changed


def changed_codes(code: str) -> Iterator[str]:
    """Yield a solution's code with one small change each time."""
    tree = ast.parse(code)
    places = [(place, node) for place, node in enumerate(ast.walk(tree))]
    for place, node in places:
        for number, _ in enumerate(changes_of(node)):
            changed = copy.deepcopy(tree)
            old = list(ast.walk(changed))[place]
            new = list(changes_of(old))[number]
            Swap(old, new).visit(changed)
            yield ast.unparse(ast.fix_missing_locations(changed))
    yield from without_statements(tree)


class Swap(ast.NodeTransformer):
    """Put one node in another's place."""

    def __init__(self, old: ast.AST, new: ast.AST):
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def without_statements(tree: ast.Module) -> Iterator[str]:
    """Yield the code without each of its statements in turn."""
    blocks = [(place, name) for place, node in enumerate(ast.walk(tree)) for name in ("body", "orelse")
              if isinstance(getattr(node, name, None), list)]  # fmt: skip
    for place, name in blocks:
        for number, statement in enumerate(getattr(list(ast.walk(tree))[place], name)):
            if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Return):
                continue
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue  # a docstring
            changed = copy.deepcopy(tree)
            block = getattr(list(ast.walk(changed))[place], name)
            block[number] = ast.copy_location(ast.Pass(), block[number])
            yield ast.unparse(changed)


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
        mine = dict(space)
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


def survivors(source: Path, every: int = 1, first: int = 0) -> tuple[int, list[tuple[str, str]]]:
    """Return how many mutants of a notebook's solutions were tried, and (id, change) of those that a check passed.

    Mutants that EQUIVALENT lists are not tried. every, first: take each `every`-th of them only, from the `first` on.

    Raises:
        RuntimeError: if an unchanged solution does not pass, so that its mutants would say nothing.
    """
    by_id = {one.id: one for one in exercises().values()}
    space, tried, left = surroundings(source), 0, []
    for name, code in solutions(source):
        if not passes(by_id[name], code, space):
            raise RuntimeError(f"{source.name}: the solution of {name} does not pass its own check")
        seen = {ast.unparse(ast.parse(code))}
        for number, (change, changed) in enumerate(mutants(code)):
            if changed in seen or (name, change) in EQUIVALENT or number % every != first % every:
                continue
            seen.add(changed)
            tried += 1
            if passes(by_id[name], changed, space):
                left.append((name, change))
    return tried, left


def main(arguments: list[str] | None = None) -> int:
    """Print the share of mutants that the checks catch; return 1 if it is below 95 % in a notebook."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", metavar="06")
    parser.add_argument("--survivors", action="store_true", help="list the mutants that were passed")
    options = parser.parse_intermixed_args(arguments)
    poor = 0
    for source in exercise_sources(Course.load(ROOT)):
        if options.numbers and not source.stem.startswith(tuple(options.numbers)):
            continue
        tried, left = survivors(source)
        share = 1 - len(left) / tried
        poor += share < 0.95
        print(f"{source.stem:28} {tried:4} mutants, {share:6.1%} caught", flush=True)
        for name, change in left if options.survivors else []:
            print(f"    {name}: {change}")
    return min(poor, 1)


if __name__ == "__main__":
    sys.exit(main())
