"""What students get, in one zip: exercises, lectures, the library that they need; no sources, solutions or grader.

    python tools/student.py                 build/student.zip

The checks need something to compare with, so the library's references are inside, as in the back of a book.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "gan-course"
TAKEN = ("ganlib/", "data/", "notebooks/", "docs/", "requirements.txt", "environment.yml", "LICENSE", "CITATION.cff")
FOR_TEACHERS = ("docs/architecture.md", "docs/grading.md", "docs/releasing.md", "docs/sandbox.md")
LEFT_OUT = ("notebooks/source/", "ganlib/grading/", "data/cache/", *FOR_TEACHERS)

README = """\
# Exercises

1. Install Python 3.11 or newer, then, in this folder:

       python -m venv .venv
       .venv/bin/pip install -e ".[lab]"                         # on Windows: .venv\\Scripts\\pip
       .venv/bin/jupyter lab notebooks/exercises

   Or open a notebook in Colab with the link at its top: there is nothing to install then.

2. Each exercise notebook belongs to the lecture notebook with the same number, which is here, too.
3. Write your answer in the cell that begins with `# EXERCISE: ...`. Keep that line.
4. Run the cell, then the check below it. It says what is wrong. You may run it as often as you like.
5. `check.state("06")`, at the end, shows what is done. `check.hand_in("your name")` writes one file to hand in.
   What was checked is kept beside the notebooks, in `check_state.jsonl`: it is still known after a restart.

No network is needed once it is installed: all data come with it.
"""


def files_for_students() -> list[str]:
    """Return the paths of the bundle, relative to the repository: what git tracks, as far as students need it."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [name for name in tracked.splitlines() if name.startswith(TAKEN) and not name.startswith(LEFT_OUT)]
    return [name for name in names if (ROOT / name).is_file()]


def write_bundle(target: Path) -> list[str]:
    """Write the zip file; return the names inside. The library lies where notebooks find it without installing it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    names = files_for_students()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr(f"{FOLDER}/README.md", README)
        bundle.writestr(f"{FOLDER}/pyproject.toml", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        for name in names:
            bundle.write(ROOT / name, f"{FOLDER}/{name}")
        return bundle.namelist()


if __name__ == "__main__":
    path = ROOT / "build" / "student.zip"
    count = len(write_bundle(path))
    print(f"{path.relative_to(ROOT)}: {count} files, {path.stat().st_size / 1e6:.1f} MB")
    sys.exit(0)
