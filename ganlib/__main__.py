"""`python -m ganlib`: train a shipped network again, draw samples, grade homework, describe the machine.

Nothing but the standard library is imported before a command is chosen: help comes at once, and `doctor` comes where
torch does not load.
"""

from __future__ import annotations

import argparse
import importlib
import io
import re
import sys

# name -> (help, module): the module has `add_arguments` and a function of the command's name.
COMMANDS = {
    "train": ("train a GAN on your own choice of data, or a shipped network again", "ganlib.cli.train"),
    "sample": ("write a sheet of samples as PNG", "ganlib.cli.sample"),
    "experiment": ("record an experiment that takes longer than class time", "ganlib.cli.experiment"),
    "collapse": ("mode collapse as a paper measured it, with its networks; for a GPU", "ganlib.cli.collapse"),
    "grade": ("grade a folder of submitted exercise notebooks, each in a sandbox", "ganlib.cli.grade"),
    "doctor": ("one screen on machine, versions and data, to paste into a question", "ganlib.cli.doctor"),
}

LESS = {"train": "--limit, --size or --batch", "sample": "--n", "grade": "--jobs"}  # what takes less memory


def parser(chosen: str | None = None) -> argparse.ArgumentParser:
    """Return the command line's grammar, with the arguments of the chosen command alone.

    Raises:
        ValueError: if a library that the command needs does not load.
    """
    top = argparse.ArgumentParser(prog="python -m ganlib", description="The helper library of the course on GANs.")
    commands = top.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for name, (text, module) in COMMANDS.items():
        one = commands.add_parser(name, help=text)
        if name == chosen:
            try:
                importlib.import_module(module).add_arguments(one)
            except (ImportError, OSError) as error:  # a library that is missing, broken, or for another machine
                why = f"{name} can't begin ({error}); `python -m ganlib doctor` says what is missing or broken"
                raise ValueError(why) from error
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; errors that the user can mend are told in one line."""
    given = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # not where a notebook or a test has put its own
            stream.reconfigure(errors="replace")  # a terminal that has no "…" shows "?"
    try:
        options = parser(next((word for word in given if word in COMMANDS), None)).parse_args(given)
        getattr(importlib.import_module(COMMANDS[options.command][1]), options.command)(options)
    except (ValueError, OSError) as error:
        print(f"ganlib: {error}", file=sys.stderr)
        return 1
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and not re.search("(allocate|out of|enough) memory", str(error)):
            raise
        smaller = next((f", or choose a smaller {LESS[word]}" for word in given if word in LESS), "")
        print(f"ganlib: there is too little memory: close other programs{smaller}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ganlib: stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
