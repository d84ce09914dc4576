"""docs/releasing.md, line by line, in a copy of the repository: a new number, and all that carries it afterwards."""

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from clean_environment import committed_clone

ROOT = Path(__file__).resolve().parent.parent
NEW = "0.2.0"
PAGE = (ROOT / "docs" / "releasing.md").read_text(encoding="utf-8")
LINES = re.search(r"<!-- release -->\n```\n(.*?)```", PAGE, re.DOTALL)[1].splitlines()
GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
WHO = {f"GIT_{who}_{what}": "test@localhost" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Clone:
    """A copy of the last commit whose `.venv` hands every call on to this environment's Python."""

    def __init__(self, folder):
        self.root = committed_clone(folder)
        python = self.root / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        (self.root / ".venv" / ".ready-test").touch()

    def run(self, line):
        """Run a line in the copy's folder; return (exit code, output)."""
        ours = ("MAKE", "PYTHON", "GIT_")
        around = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | GIT | WHO
        done = subprocess.run(line, shell=True, cwd=self.root, env=around, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def rewrite(self, name, old, new):
        """Put `new` where `old` stands, as a person would by hand."""
        text, count = re.subn(old, new, (self.root / name).read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
        assert count == 1, f"{name} has no {old}"
        (self.root / name).write_text(text, encoding="utf-8")


def test_the_page_ends_with_the_push_and_has_nothing_else_for_the_network():
    assert LINES[-1] == f"git push origin HEAD v{NEW}"
    assert not [line for line in LINES[:-1] if "push" in line or "pip" in line or "twine" in line]


@pytest.mark.slow
def test_a_release_as_the_page_says_it(tmp_path):
    clone = Clone(tmp_path)
    clone.rewrite("ganlib/__init__.py", '^__version__ = ".*"', f'__version__ = "{NEW}"')
    code, out = clone.run("make check")
    stale = {line.partition(", cell")[0].partition(": ")[0] for line in out.splitlines() if ": " in line}
    notebooks = {path.relative_to(clone.root).as_posix() for path in (clone.root / "notebooks").rglob("*.ipynb")}
    assert code and {"README.md", "CITATION.cff", "CHANGELOG.md", *notebooks} <= stale, out

    clone.rewrite("CHANGELOG.md", r"^## \[.*$", f"## [{NEW}] - 2030-01-01")
    for line in LINES[:-1]:
        code, out = clone.run(line)
        assert code == 0, f"{line}\n{out}"
    names = sorted(path.name for path in (clone.root / "dist").iterdir())
    assert names == [f"ganlib-{NEW}-py3-none-any.whl", f"ganlib-{NEW}.tar.gz"]
    wheel = zipfile.ZipFile(clone.root / "dist" / names[0])
    assert f"\nVersion: {NEW}\n" in wheel.read(f"ganlib-{NEW}.dist-info/METADATA").decode()
    assert f'__version__ = "{NEW}"' in wheel.read("ganlib/__init__.py").decode()
    with tarfile.open(clone.root / "dist" / names[1]) as sdist:
        held = {name.removeprefix(f"ganlib-{NEW}/") for name in sdist.getnames()}
    assert {"pyproject.toml", "CITATION.cff", "data/claims.toml", "ganlib/__init__.py"} <= held
    assert clone.run("git status --porcelain") == (0, "") and clone.run("git tag --points-at HEAD") == (0, f"v{NEW}\n")
