"""Running a notebook's cells without Jupyter: magics do nothing, prints go to a bounded log, errors are remembered."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import importlib
import inspect
import io
import linecache
import os
import signal
import sys
import types
from typing import Any

LONGEST_LOG = 2_000


class CellTimeout(BaseException):
    """A cell that is not the answer took too long and was left."""


class Log(io.TextIOBase):
    """What the student's code printed: its last characters."""

    encoding, errors = "utf-8", "replace"

    def __init__(self):
        self.text = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        text = str(text)
        self.text = (self.text + text[-LONGEST_LOG:])[-LONGEST_LOG:]
        return len(text)


class Shell:
    """Stands in for IPython's `get_ipython()`: what is timed is run, files are written; the rest does nothing."""

    def __init__(self, notebook: Notebook):
        self.notebook = notebook

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        if name in ("time", "capture", "prun", "timeit"):
            self.notebook.execute(cell, "<magic>")
        elif name in ("writefile", "file"):
            words = line.split()
            path = words[-1].strip("\"'")
            with open(here(path), "a" if "-a" in words else "w", encoding="utf-8") as file:
                file.write(cell)
            importlib.invalidate_caches()

    def run_line_magic(self, name: str, line: str, *_: Any, **__: Any) -> None:
        if name in ("time", "prun"):
            self.notebook.execute(line, "<magic>")
        elif name == "run":
            path = next((word.strip("\"'") for word in line.split() if not word.startswith("-")), "")
            path = here(path if path.endswith(".py") else f"{path}.py")
            with open(path, encoding="utf-8") as file:
                self.notebook.execute(file.read(), path)

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: []


def here(path: str) -> str:
    """Return a path, or its last part alone where its folder, such as Colab's /content, is not here."""
    return path if os.path.isdir(os.path.dirname(path) or ".") else os.path.basename(path)


class Notebook:
    """A notebook's namespace, which is the process's `__main__` as in a kernel."""

    def __init__(self):
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.names = module.__dict__
        self.lacking: list[str] = []  # libraries that cells asked for and that are not here
        self.names.update(__builtins__=__builtins__, get_ipython=lambda: Shell(self), display=lambda *_, **__: None)
        self.names.update(input=lambda *_: "1")  # nobody answers; it is a name and a number

    def execute(self, source: str, file: str) -> None:
        """Run a cell's source; raises whatever it raises."""
        code = self.compiled(source, file)
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(eval(code, self.names))
        else:
            exec(code, self.names)

    def compiled(self, source: str, file: str) -> types.CodeType:
        """Compile a cell; IPython's own syntax is only looked for where plain Python does not do."""
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        try:
            code = compile(source, file, "exec", flags=flags, dont_inherit=True)
        except SyntaxError:
            from IPython.core.inputtransformer2 import TransformerManager

            plain = TransformerManager().transform_cell(source)
            if plain.rstrip() == source.rstrip():
                raise
            source = plain
            code = compile(source, file, "exec", flags=flags, dont_inherit=True)
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        return code

    def attempt(self, source: str, file: str, seconds: float | None = None) -> BaseException | None:
        """Run a cell; return what it raised. After `seconds` of its own computing, or three times
        that by the clock, it is left."""
        if seconds:
            signal.signal(signal.SIGPROF, leave)
            signal.signal(signal.SIGALRM, leave)
            signal.setitimer(signal.ITIMER_PROF, seconds)
            signal.setitimer(signal.ITIMER_REAL, 3 * seconds)
        try:
            self.execute_what_can_be(source, file)
        except BaseException as error:  # also SystemExit and KeyboardInterrupt: the next cell has its own chance
            return error
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
        return None

    def execute_what_can_be(self, source: str, file: str) -> None:
        """Run a cell. An import of what is not here gives a stand-in, and what stands below it is run all the same."""
        while True:
            try:
                return self.execute(source, file)
            except ModuleNotFoundError as error:
                statement, rest = after_import(source, own_line(error, file))
                if statement is None or str(error.name).split(".")[0] == "ganlib":  # that is here
                    raise
                self.lacking.append(str(error.name)[:80])
                for alias in statement.names:
                    name = alias.asname or alias.name.split(".")[0]
                    self.names.setdefault(name, Anything(name))
                source = rest


class Anything(types.ModuleType):
    """Stands in for a library that is not here: all that is taken from it can be called, and does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(name)

    def __call__(self, *_: Any, **__: Any) -> Anything:
        return self


def own_line(error: BaseException, file: str) -> int:
    """Return the line of a cell's own code, outside functions, at which an error came up; 0 if it was elsewhere."""
    trace, places = error.__traceback__, []
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            places.append((trace.tb_frame.f_code.co_name, trace.tb_lineno))
        trace = trace.tb_next
    return places[0][1] if len(places) == 1 and places[0][0] == "<module>" else 0


def after_import(source: str, line: int) -> tuple[ast.Import | ast.ImportFrom | None, str]:
    """Return the import that stands at a line of a cell, and the statements below it, at their own places."""
    with contextlib.suppress(SyntaxError):
        body = ast.parse(source).body
        for number, statement in enumerate(body):
            if isinstance(statement, ast.Import | ast.ImportFrom) and statement.lineno == line:
                start = body[number + 1].lineno if number + 1 < len(body) else len(source)
                return statement, "\n" * (start - 1) + "".join(source.splitlines(keepends=True)[start - 1 :])
    return None, ""


def leave(*_: Any) -> None:
    raise CellTimeout


def describe(error: BaseException, file: str) -> dict[str, str]:
    """Return an error's kind, message and the line of the cell `file` where it happened, all short."""
    line, trace = "", error.__traceback__
    if isinstance(error, SyntaxError):
        line = error.text or ""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = linecache.getline(file, trace.tb_lineno)
        trace = trace.tb_next
    return {"error": type(error).__name__[:80], "message": text_of(error)[:300], "line": line.strip()[:300]}


def text_of(error: BaseException) -> str:
    try:
        return str(error.msg if isinstance(error, SyntaxError) else error)
    except BaseException:  # an exception may bring its own __str__
        return ""
