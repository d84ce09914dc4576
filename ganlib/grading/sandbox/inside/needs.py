"""Which cells an answer needs: those that give it a name that it uses, and what those need in turn.

Notebooks train between two answers. A cell that gives an answer nothing is not worth its minutes; should one that was
left out have ways to reach an answer that can't be read off its text, and the answer not pass, everything is run.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator

WILD_NAMES = {"exec", "eval", "globals", "locals", "vars", "setattr", "delattr", "compile", "__import__"}
WILD_PARTS = {
    "__dict__",
    "set_default_dtype",
    "set_default_device",
    "set_default_tensor_type",
    "backends",
    "import_module",
    "reload",
    "mkdir",
    "makedirs",
    "chdir",
    "environ",
    "write_text",
    "savez",
    "save",
}  # of something: `torch.set_default_dtype`


def needed(cells: list[dict]) -> list[dict]:
    """Return the answer cells, and the others that they need, in order. What is not plain Python is always needed."""
    names = {cell["number"]: names_of(cell["source"]) for cell in cells}
    imported = {name for cell in cells for name in imports_of(cell["source"])}
    for cell in cells:
        if found := names[cell["number"]]:
            found[0].update(handed_over(ast.parse(cell["source"])) - imported)
    chosen = {cell["number"] for cell in cells if cell["answer"] or names[cell["number"]] is None}
    wanted = {name for number in chosen for name in (names[number] or (set(), set()))[1]}
    grown = True
    while grown:
        more = {
            number
            for number, found in names.items()
            if number not in chosen and found is not None and found[0] & wanted
        }
        wanted |= {name for number in more for name in (names[number] or (set(), set()))[1]}
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


def is_wild(source: str, left_out: bool) -> bool:
    """Say whether a cell may change what an answer does in ways that its names do not show: one that was left out by
    itself, one that was run by functions that change globals, which those left out may call.
    """
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return left_out
    if not left_out:
        return any(isinstance(node, ast.Global) for node in nodes)
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    parts = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return bool(names & WILD_NAMES or parts & WILD_PARTS) or any(isinstance(node, ast.Global) for node in nodes)


def imports_of(source: str) -> set[str]:
    """Return the names that a cell's imports give."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    found = [alias for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names]
    return {(alias.asname or alias.name).split(".")[0] for alias in found}


def handed_over(tree: ast.Module) -> set[str]:
    """Return the names of the things that a cell's own calls may change: `x` and `y` in `x.append(1)` and `fill(y)`."""
    found: set[str] = set()
    waiting: list[ast.AST] = [*tree.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Call):
            receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
            for part in [receiver, *node.args, *(keyword.value for keyword in node.keywords)]:
                while isinstance(part, ast.Attribute | ast.Subscript | ast.Starred):
                    part = part.value
                found |= {part.id} if isinstance(part, ast.Name) else set()
    return found


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
