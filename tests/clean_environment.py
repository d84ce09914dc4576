"""An environment with everything but ganlib, made in a second: what a fresh installation is tried out in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent

# Runs in the clean environment: executes a notebook and writes it back with its outputs.
RUN_NOTEBOOK = """
import sys, nbformat, nbclient
path, folder = sys.argv[1:]
notebook = nbformat.read(path, as_version=4)
resources = {"metadata": {"path": folder}}
nbclient.NotebookClient(notebook, timeout=150, kernel_name="python3", resources=resources).execute()
nbformat.write(notebook, path)
"""


class CleanEnvironment:
    """A virtual environment whose packages are links to this one's, without ganlib and without a way to the checkout.

    pip works in it but has no index, so it can install what it is given and can neither fetch nor replace packages.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        venv.create(folder / "venv", symlinks=True, with_pip=False)
        self.python = folder / "venv" / "bin" / "python"
        version = "python{}.{}".format(*sys.version_info)
        self.packages = folder / "venv" / "lib" / version / "site-packages"
        for entry in Path(sysconfig.get_paths()["purelib"]).iterdir():
            if "ganlib" not in entry.name:
                (self.packages / entry.name).symlink_to(entry)

    def run(self, *arguments: str, folder: Path | None = None, **environment: str) -> str:
        """Run this environment's Python in `folder` (its home without one); return stdout, raise on failure."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
        settings = {
            "HOME": str(self.home),
            "PATH": f"{self.python.parent}:{os.environ['PATH']}",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # pip reads 0 as: no isolation. hatchling is here, so no network is needed
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        for name in ("VIRTUAL_ENV", "JUPYTER_PATH", "XDG_CACHE_HOME", "GANLIB_CACHE"):
            inherited.pop(name, None)
        result = subprocess.run(
            [str(self.python), *arguments],
            cwd=folder or self.home,
            env=inherited | settings | environment,
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, f"{result.stdout}\n{result.stderr}"
        return result.stdout

    def run_notebook(self, notebook: nbformat.NotebookNode, **environment: str) -> nbformat.NotebookNode:
        """Execute a notebook from a folder that holds nothing else; return it with its outputs."""
        folder = self.folder / "elsewhere"
        folder.mkdir(exist_ok=True)
        path = folder / "notebook.ipynb"
        nbformat.write(notebook, path)
        self.run("-c", RUN_NOTEBOOK, str(path), str(folder), folder=folder, **environment)
        return nbformat.read(path, as_version=4)

    def versions(self) -> dict[str, str]:
        """Return the versions of all installed packages."""
        script = (
            "import json; from importlib.metadata import distributions as d;"
            "print(json.dumps({x.name: x.version for x in d()}))"
        )
        return json.loads(self.run("-c", script))


def committed_clone(folder: Path) -> Path:
    """Return a repository in `folder` that holds the checkout's last commit under the tag `tried-out`.

    It is made from the files, because a shallow checkout, which is what CI has, can't be cloned the way pip does it.
    """
    clone, archive = folder / "ganlib.git", folder / "commit.zip"
    subprocess.run(["git", "archive", "--output", str(archive), "HEAD"], cwd=ROOT, check=True)
    shutil.unpack_archive(archive, clone)
    settings = {"user.name": "test", "user.email": "test@localhost", "commit.gpgsign": "false", "core.hooksPath": ""}
    git = ["git", "-C", str(clone), *(word for item in settings.items() for word in ("-c", "=".join(item)))]
    for command in ("init --quiet", "config uploadpack.allowFilter true", "add --all --force", "commit --quiet -m all"):
        subprocess.run([*git, *command.split()], check=True)
    subprocess.run([*git, "tag", "tried-out"], check=True)
    return clone
