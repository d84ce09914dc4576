"""Small changes of a solution's code, by kind."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable, Iterator

from tools.mutants_impure import IMPURE

OTHER_OPERATOR = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Pow: ast.Mult, ast.MatMult: ast.Mult, ast.Mod: ast.FloorDiv,
}  # fmt: skip
OTHER_COMPARISON = {
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
OF_TRAINING = ("detach", "clone", "zero_grad", "eval", "train", "requires_grad_")
WITHOUT_GRADIENTS = ("no_grad", "inference_mode")


def other_operators(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what an operation or a comparison may be changed to."""
    if isinstance(node, ast.BinOp):
        yield ast.BinOp(node.left, OTHER_OPERATOR.get(type(node.op), ast.Add)(), node.right)
        yield node.left
        yield node.right
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Compare):
        yield ast.Compare(node.left, [OTHER_COMPARISON[type(node.ops[0])]()], node.comparators)


def other_constants(node: ast.AST) -> Iterator[ast.AST]:
    """Yield numbers near by, and 20 % more and less; the other truth value."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, int | float):
        return
    value = node.value
    if isinstance(value, bool):
        near = [not value]
    elif isinstance(value, int):
        near = [value + 1, value - 1, round(1.2 * value), round(0.8 * value)]
    else:
        near = [value * 2, value * 1.2, value * 0.8]
    yield from (ast.Constant(other) for other in dict.fromkeys(near) if other is not value and other != value)


def other_calls(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what a call is called on, its only argument, and the call without each of its arguments."""
    if not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Attribute):
        module = isinstance(node.func.value, ast.Name | ast.Attribute) and (node.args or node.keywords)
        if not module:
            yield node.func.value
    if len(node.args) == 1:
        yield node.args[0]
    for place in range(len(node.keywords)):
        yield ast.Call(node.func, node.args, node.keywords[:place] + node.keywords[place + 1 :])
    if node.args and isinstance(node.func, ast.Attribute):
        yield ast.Call(node.func, node.args[:-1], node.keywords)


def swapped(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a call with two neighbouring arguments swapped, and a pair turned round."""
    if isinstance(node, ast.Call):
        for place in range(len(node.args) - 1):
            first, second = node.args[place : place + 2]
            yield ast.Call(node.func, [*node.args[:place], second, first, *node.args[place + 2 :]], node.keywords)
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) == 2:
        yield ast.Tuple(node.elts[::-1], ast.Load())


def without_training_calls(node: ast.AST) -> Iterator[ast.AST]:
    """Yield code without `detach()` and the like, `eval()` for `train()`, and code outside `no_grad()`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OF_TRAINING:
        yield node.func.value
        if node.func.attr in ("eval", "train"):
            other = "train" if node.func.attr == "eval" else "eval"
            yield ast.Call(ast.Attribute(node.func.value, other, ast.Load()), [], [])
    elif isinstance(node, ast.With) and any(switches_off(item.context_expr) for item in node.items):
        yield ast.If(ast.Constant(True), node.body, [])
    elif isinstance(node, ast.FunctionDef) and any(map(switches_off, node.decorator_list)):
        kept = [one for one in node.decorator_list if not switches_off(one)]
        yield ast.FunctionDef(node.name, node.args, node.body, kept, node.returns)


def switches_off(node: ast.AST) -> bool:
    """Say whether an expression is `torch.no_grad()`, with or without its brackets."""
    function = node.func if isinstance(node, ast.Call) else node
    return isinstance(function, ast.Attribute) and function.attr in WITHOUT_GRADIENTS


CHANGES: dict[str, Callable[[ast.AST], Iterable[ast.AST]]] = {  # of one node; the first that makes a code has it
    "training": without_training_calls,
    "operator": other_operators,
    "constant": other_constants,
    "swap": swapped,
    "call": other_calls,
}
KINDS = (*CHANGES, "statement", *IMPURE)


def mutants(code: str, name: str, kinds: Iterable[str] = KINDS) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, the changed line, changed code) for each small change of a solution, no code twice.

    name: of the answer in the code.
    """
    unchanged = ast.unparse(ast.parse(code))
    seen = {unchanged}
    for kind in kinds:
        for changed in changed_codes(code, name, kind):
            if changed not in seen:
                seen.add(changed)
                lines = zip(unchanged.splitlines() + [""], changed.splitlines())
                yield kind, next((new.strip() for old, new in lines if old != new), "the end"), changed


def changed_codes(code: str, name: str, kind: str) -> Iterator[str]:
    """Yield a solution's code with one small change of one kind each time."""
    tree = ast.parse(code)
    if kind in CHANGES:
        for place, node in enumerate(ast.walk(tree)):
            for number, _ in enumerate(CHANGES[kind](node)):
                changed = copy.deepcopy(tree)
                old = list(ast.walk(changed))[place]
                new = list(CHANGES[kind](old))[number]
                Swap(old, new).visit(changed)
                yield ast.unparse(ast.fix_missing_locations(changed))
    elif kind == "statement":
        yield from without_statements(tree)
    else:
        yield from (f"{ast.unparse(tree)}\n{name} = {one.__name__}({name})" for one in IMPURE[kind])


class Swap(ast.NodeTransformer):
    """Put one node in another's place."""

    def __init__(self, old: ast.AST, new: ast.AST):
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def without_statements(tree: ast.Module) -> Iterator[str]:
    """Yield the code without each of its statements in turn."""
    blocks = [
        (place, name)
        for place, node in enumerate(ast.walk(tree))
        for name in ("body", "orelse")
        if isinstance(getattr(node, name, None), list)
    ]
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
