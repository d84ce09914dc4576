"""Where CI is set, a test that is skipped for want of something that can be installed has failed, and says of what."""

from __future__ import annotations

import importlib.util
import os
import sys

import pytest

# Nothing can be installed for these.
ALLOWED = ("Windows has no umask", "reads /proc", "Colab's versions come without", "this file system has no such names",
           "digits have no maps of parts")  # fmt: skip
ON_LINUX_ALONE = "bubblewrap is not installed"  # it uses Linux' namespaces
# The grader holds its processes by means that Windows lacks: there its modules, and so its tests, can't be imported.
OF_THE_GRADER = ["test_grading*.py", "test_check_state.py", "submissions/*"]
collect_ignore_glob = [] if importlib.util.find_spec("fcntl") else OF_THE_GRADER


def forgiven(reason: str) -> bool:
    """Say whether a test may be skipped in CI for this reason."""
    return any(words in reason for words in ALLOWED) or (sys.platform != "linux" and ON_LINUX_ALONE in reason)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if not report.skipped or hasattr(report, "wasxfail") or not os.environ.get("CI"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not forgiven(reason):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped where CI is set ({reason}): install what it needs"
