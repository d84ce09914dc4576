"""Install what the browser tests need besides this environment's packages.

    python tools/install_browser.py colab   a kernel with Colab's versions, as an overlay: PREFIX/colab-overlay
    python tools/install_browser.py npm     the pages' scripts: tests/browser/node_modules

The overlay holds IPython, ipykernel, ipywidgets and what only they need. In front of sys.path it makes a kernel like
Colab's of this environment's Python, without a second torch. npm is the system's, or one from PyPI where there is none.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OVERLAY = Path(sys.prefix) / "colab-overlay"
SCRIPTS = ROOT / "tests" / "browser"
# Those whose version in Colab differs from today's, and what they need that today's versions don't.
COLAB_KERNEL = ("ipython", "ipykernel", "ipywidgets", "jupyter-client")
NEEDED_BY_IT = ("backcall", "decorator", "entrypoints", "ipython-genutils", "nest-asyncio", "pickleshare")


def pip(*arguments: str) -> int:
    """Run pip of this environment and return its exit code."""
    return subprocess.call([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *arguments])


def install_colab() -> int:
    """Fill the overlay anew; return pip's exit code. It appears only when it is whole."""
    unfinished = OVERLAY.with_name(OVERLAY.name + ".tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    constraint = ("--constraint", str(ROOT / "constraints-colab.txt"))
    code = pip("--quiet", "--target", str(unfinished), "--no-deps", *constraint, *COLAB_KERNEL, *NEEDED_BY_IT)
    if code == 0:
        shutil.rmtree(OVERLAY, ignore_errors=True)
        unfinished.rename(OVERLAY)
    return code


def find_npm() -> str | None:
    """Return the path of npm: the system's, else this environment's, else None."""
    return shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))


def install_npm() -> int:
    """Install what package-lock.json names; return the exit code. Scripts of packages are not run."""
    if find_npm() is None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        if code := pip(*project["optional-dependencies"]["npm"]):
            return code
    if (npm := find_npm()) is None:
        print("there is no npm: install it (apt-get install npm), then run the same command again")
        return 1
    return subprocess.call([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=SCRIPTS)


def main(names: list[str]) -> int:
    """Install what `names` say; return the first exit code that is not zero."""
    known = {"colab": install_colab, "npm": install_npm}
    if not names or not set(names) <= set(known):
        print(f"name what to install: {', '.join(known)}")
        return 2
    return next((code for name in names if (code := known[name]())), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
