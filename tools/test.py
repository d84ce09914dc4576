"""Run the course's tests phase by phase, whatever fails, and end with one table; the exit code is 1 if any failed.

python tools/test.py                    all phases
python tools/test.py unit browser       these only
python tools/test.py colab              what runs in an environment with Colab's versions
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
PYTEST = (PYTHON, "-m", "pytest", "-q", "--durations=5", "--durations-min=5")
ON_BOTH_CORES = (*PYTEST, "-n", "2", "--dist", "loadfile")
# Seconds that no cell needs on a machine that does nothing else; a busy one takes four to twenty times as long. After a
# cell that does fail, nbval marks those behind it as expected failures, which xfail_strict would count as well.
NBVAL = ("--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=1800", "--timeout=2400", "-W", "default",
         "-o", "xfail_strict=false", "-p", "tests.nbval_widgets")  # fmt: skip
NOT_UNIT = ("--ignore=tests/browser", "--ignore=tests/exercises")
OF_THE_TOOLS = tuple(
    f"test_{name}.py"
    for name in (
        "build",
        "check",
        "check_mutants",
        "check_pipeline",
        "check_student",
        "make",
        "notebooks",
        "packaging",
        "pages",
        "release",
    )  # fmt: skip
)
PIPELINE_TESTS = ("browser", "exercises", *OF_THE_TOOLS)
NOT_IN_COLAB = tuple(f"--ignore=tests/{name}" for name in PIPELINE_TESTS)


class Phase(NamedTuple):
    """One command of the test run: what it is for, the command, and the path without which there is nothing to run."""

    name: str
    purpose: str
    command: tuple[str, ...]
    needs: str


PHASES = (
    Phase("style", "ruff's rules", (PYTHON, "-m", "ruff", "check", "."), "pyproject.toml"),
    Phase("layout", "ruff's format", (PYTHON, "-m", "ruff", "format", "--check", "."), "pyproject.toml"),
    Phase("types", "pyright on ganlib", (PYTHON, "-m", "pyright", "--pythonpath", PYTHON), "pyproject.toml"),
    Phase("sources", "notebooks against sources and rules", (PYTHON, "tools/build.py", "check"), "notebooks/*.ipynb"),
    Phase("unit", "unit tests", (*ON_BOTH_CORES, "tests", *NOT_UNIT), "tests"),
    # Two with a thread each end sooner than one after the other. Kernels may warn of things that are not the course's.
    Phase(
        "notebooks",
        "every lecture runs (nbval), and its widgets move",
        (*ON_BOTH_CORES, *NBVAL, "notebooks", "--ignore=notebooks/exercises"),
        "notebooks/*.ipynb",
    ),
    Phase(
        "exercises",
        "solutions pass, stubs do not (nbval)",
        (*PYTEST, "-n", "2", "--dist", "load", "tests/exercises"),
        "notebooks/exercises/*.ipynb",
    ),
    Phase("browser", "widgets in Chromium", (*ON_BOTH_CORES, "-rs", "tests/browser"), "tests/browser/test_*.py"),
    Phase("colab", "unit tests with Colab's versions", (*ON_BOTH_CORES, "tests", *NOT_IN_COLAB), "tests"),
)


def run_phase(phase: Phase) -> tuple[int, str]:
    """Run a phase, passing its output through; return its exit code and its last line, which sums it up."""
    if not any(ROOT.glob(phase.needs)):
        return 1, f"nothing to run: there is no {phase.needs}"
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    if "-n" in phase.command:
        environment["OMP_NUM_THREADS"] = "1"  # two workers with two threads each would wait for one another
    last = ""
    with subprocess.Popen(
        phase.command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    return process.returncode, last


def main(names: list[str]) -> int:
    """Run the named phases, without names all but `colab`; print a table; return 1 if any failed."""
    known = [phase.name for phase in PHASES]
    if unknown := sorted(set(names) - set(known)):
        print(f"there is no phase {', '.join(unknown)}: choose from {', '.join(known)}")
        return 2
    rows = []
    for phase in PHASES:
        if phase.name in names or (not names and phase.name != "colab"):
            print(f"\n=== {phase.name}: {phase.purpose}", flush=True)
            started = time.perf_counter()
            code, summary = run_phase(phase)
            rows.append((phase.name, code, time.perf_counter() - started, summary))
    print("\n=== summary")
    for name, code, seconds, summary in rows:
        print(f"{'ok    ' if code == 0 else 'FAILED'} {name:<10} {seconds:6.1f} s  {summary}")
    failed = [name for name, code, *_ in rows if code]
    again = "make test-colab" if names == ["colab"] else f"make test ONLY={failed[0]}" if failed else ""
    print(f"failed: {', '.join(failed)}; again with {again}" if failed else "all passed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
