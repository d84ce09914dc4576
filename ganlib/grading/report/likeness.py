"""Answers that are the same but for names, comments and layout: a hint for the teaching assistant, never a verdict."""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import textwrap
from collections import defaultdict
from collections.abc import Iterable

SHORTEST = 40  # nodes of the syntax tree: of a one-liner there are only so many versions
USUAL = (3, 0.1)  # so many students, and such a part of all who answered: what more of them share is a common answer


def notes(tasks: Iterable) -> dict[tuple[str, str, str], str]:
    """Return the notes by (student, file, exercise id)."""
    from ganlib.check.catalogue import exercises

    found: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))  # by exercise and print
    answered: dict[str, set[str]] = defaultdict(set)
    for task in tasks:
        sources = {exercise: cell.source for cell in task.cells if not cell.stub for exercise in cell.exercises}  # last
        for one in (exercises()[name] for name in task.due):
            if (mark := of_source(sources.get(one.id, ""), one.name)) and mark not in known(one.name):
                found[one.id, mark][task.handed.student].add(task.handed.file)
                answered[one.id].add(task.handed.student)
    result = {}
    for (exercise, _), students in found.items():
        if 1 < len(students) <= max(USUAL[0], USUAL[1] * len(answered[exercise])):
            for student, files in students.items():
                note = f"the same but for names as the answer of {', '.join(sorted(set(students) - {student}))}"
                result |= {(student, file, exercise): note for file in files}
    return result


def of_source(source: str, name: str = "") -> str | None:
    """Return a print of the function or class `name`, of everything if there is none; None if it can't be read."""
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines()]
    try:
        tree = ast.parse(textwrap.dedent("\n".join(lines)))
        chosen = [node for node in tree.body if getattr(node, "name", None) == name] or tree.body
        whole = Plain().visit(ast.Module(chosen[-1:] if len(chosen) < len(tree.body) else chosen, []))
        if sum(1 for _ in ast.walk(whole)) < SHORTEST:
            return None
        return hashlib.sha256(ast.dump(renamed(whole)).encode("utf-8", "surrogatepass")).hexdigest()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class Plain(ast.NodeTransformer):
    """Drops docstrings, lone texts and annotations, which change nothing."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg(node.arg)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        return ast.Assign([node.target], node.value) if node.value else None


def renamed(tree: ast.Module) -> ast.Module:
    """Give the names that the answer itself binds new ones, in the order in which they appear."""
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    new: dict[str, str] = {}

    def rename(node: ast.AST) -> None:
        for part in ("name", "arg", "id"):  # of a function, of a parameter, of a name
            old = getattr(node, part, None)
            if old in bound and not isinstance(node, ast.keyword):
                setattr(node, part, new.setdefault(old, f"n{len(new)}"))
        for child in ast.iter_child_nodes(node):
            rename(child)

    rename(tree)
    return tree


@functools.cache
def known(name: str) -> frozenset[str | None]:
    """Return the prints of the course's own answer to an exercise and of the mistakes that it knows."""
    from ganlib.check.catalogue import exercises

    one, found = exercises()[name], set()
    for answer in (one.answer, *(mistake.answer for mistake in one.mistakes)):
        try:
            source = inspect.getsource(answer)
        except (OSError, TypeError):
            continue
        found.add(of_source(source, getattr(answer, "__name__", "")))
    return frozenset(found)
