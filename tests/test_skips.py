"""A skipped test is not green where CI is set."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
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
        ({"CI": "1"}, "no Chromium on this machine", "2 failed, 1 xfailed"),
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
