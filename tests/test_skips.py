"""A skipped test is not green where CI is set."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
NO_BWRAP = "NO SANDBOX TESTED: bubblewrap is not installed: apt install bubblewrap"
SCENE = """
import pytest
@pytest.mark.skipif(True, reason={reason!r})
def test_by_mark(): pass
def test_by_call(): pytest.skip({reason!r})
@pytest.mark.xfail(reason="known")
def test_known(): assert False
"""


@pytest.mark.parametrize(
    ("environment", "reason", "summary"),
    [
        ({"CI": "1"}, "no Chromium on this machine", "1 failed, 1 xfailed, 1 error"),
        ({"CI": "1"}, "Windows has no umask", "2 skipped, 1 xfailed"),
        ({}, "no Chromium on this machine", "2 skipped, 1 xfailed"),
    ],
    ids=["in CI", "nothing to install", "at home"],
)
def test_a_skip_fails_where_ci_is_set(tmp_path, environment, reason, summary):
    (tmp_path / "test_scene.py").write_text(SCENE.format(reason=reason))
    (tmp_path / "conftest.py").write_text((HERE / "conftest.py").read_text(encoding="utf-8"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(tmp_path)]
    alone = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_ADDOPTS")}
    done = subprocess.run(command, capture_output=True, text=True, env=alone | environment, cwd=tmp_path)
    assert done.stdout.splitlines()[-1].startswith(summary), done.stdout


@pytest.fixture
def conftest():
    """Return tests/conftest.py as a module of its own: what pytest has loaded stays as it is."""
    spec = importlib.util.spec_from_file_location("conftest_alone", HERE / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("system", "allowed"), [("linux", False), ("darwin", True), ("win32", True)])
def test_bubblewrap_is_missed_on_linux_alone(conftest, monkeypatch, system, allowed):
    monkeypatch.setattr(sys, "platform", system)
    assert conftest.forgiven(NO_BWRAP) == allowed
    assert not conftest.forgiven("NO SANDBOX TESTED: bubblewrap can't make a sandbox here, perhaps because this is a …")


def test_every_test_that_imports_the_grader_is_known_as_such(conftest):
    importing = re.compile(r"^(from|import) ganlib\.grading", re.MULTILINE)
    files = {path.name for path in HERE.glob("test_*.py") if importing.search(path.read_text(encoding="utf-8"))}
    known = {path.name for pattern in conftest.OF_THE_GRADER for path in HERE.glob(pattern)}
    assert files and files <= known
