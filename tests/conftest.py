"""Where CI is set, a test that is skipped for want of something that can be installed has failed, and says of what."""

from __future__ import annotations

import os

import pytest

ALLOWED = ("Windows has no umask", "reads /proc", "Colab's versions come without")  # nothing can be installed for these


def forgiven(reason: str) -> bool:
    """Say whether a test may be skipped in CI for this reason."""
    return any(words in reason for words in ALLOWED)


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
