"""Which cells an answer needs: those that give it a name that it uses, and what those need in turn.

Notebooks train between two answers. A cell that gives an answer nothing is not worth its minutes; should the answer not
pass without it after all, everything is run.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator


def needed(cells: list[dict]) -> list[dict]:
    """Return the answer cells, and the others that they need, in order. What is not plain Python is always needed."""
    names = {cell["number"]: names_of(cell["source"]) for cell in cells}
    chosen = {cell["number"] for cell in cells if cell["answer"] or names[cell["number"]] is None}
    wanted = {name for number in chosen for name in (names[number] or (set(), set()))[1]}
    grown = True
    while grown:
        more = {
            number for number, found in names.items()
            if number not in chosen and found is not None and found[0] & wanted
        }  # fmt: skip
        wanted |= {name for number in more for name in names[number][1]}
        chosen |= more
        grown = bool(more)
    return [cell for cell in cells if cell["number"] in chosen]


def names_of(source: str) -> tuple[set[str], set[str]] | None:
    """Return the global names that a cell gives or changes, and those that it uses; None if that can't be said."""
    try:
        tree, table = ast.parse(source), symtable.symtable(source, "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(tree)):
        return None
    gives = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    uses = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    for inner in scopes(table):
        for symbol in inner.get_symbols():
            if symbol.is_global():
                (gives if symbol.is_assigned() else uses).add(symbol.get_name())
    return gives | changed(tree), uses


def scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from scopes(child)


def changed(tree: ast.AST) -> set[str]:
    """Return the names of the things of which a part is assigned: `x` in `x.y = 1` and `x[0] = 1`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            inner = node.value
            while isinstance(inner, ast.Attribute | ast.Subscript):
                inner = inner.value
            if isinstance(inner, ast.Name):
                found.add(inner.id)
    return found
