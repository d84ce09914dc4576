"""What is installed: the lists of needs agree, and the wheel alone, without the checkout, is enough for the course."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import nbformat
import pytest
import yaml
from clean_environment import CleanEnvironment
from nbformat.v4 import new_code_cell
from packaging.requirements import Requirement
from packaging.version import Version

import ganlib

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base"}
COLAB = {"torch": "2.11", "torchvision": "0.26", "numpy": "2.1", "matplotlib": "3.10", "ipywidgets": "7.7.1"}


def lines_of(name):
    """Return a file's lines without comments and empty ones."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return [line for line in lines if line]


def git_files(*paths):
    """Return what git tracks or would track below `paths`."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *paths]
    out = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in out.split("\0") if name and (ROOT / name).is_file()]


def test_requirements_repeat_the_project_s_needs():
    assert lines_of("requirements.txt") == PROJECT["project"]["dependencies"]


def test_nothing_is_pinned():
    assert all("==" not in need and "<" not in need for need in PROJECT["project"]["dependencies"])


def test_conda_s_environment_repeats_the_project_s_needs():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    conda = [need for need in environment["dependencies"] if isinstance(need, str)]
    needs = [Requirement(need) for need in PROJECT["project"]["dependencies"]]
    for need in needs + [Requirement(need) for need in PROJECT["project"]["optional-dependencies"]["lab"]]:
        assert f"{CONDA_NAMES.get(need.name, need.name)}{need.specifier}" in conda
    assert {"pip": ["--editable ."]} in environment["dependencies"]


def test_colab_s_versions_meet_the_lower_bounds():
    pinned = dict(line.split("==") for line in lines_of("constraints-colab.txt"))
    for need in map(Requirement, PROJECT["project"]["dependencies"]):
        if need.name in pinned:
            assert Version(pinned[need.name]) in need.specifier, need
    for name, version in (COLAB | {"ipython": "7.34"}).items():
        assert f"{pinned[name]}.".startswith(f"{version}."), name


def places(words, besides):
    """Return the files in whose text `words` stand, without those that may hold them and without npm's list."""
    skipped = {"tests/browser/package-lock.json", *besides}
    names = [name for name in git_files(".") if name not in skipped]
    texts = [name for name in names if Path(name).suffix not in (".ipynb", ".png", ".safetensors", ".npz", ".pt")]
    return [name for name in texts if words in (ROOT / name).read_text(encoding="utf-8", errors="ignore")]


def test_address_and_version_stand_in_one_place_and_where_they_are_stamped():
    address = PROJECT["tool"]["course"]["repository"].removeprefix("https://")
    assert places(address, {"pyproject.toml", "README.md", "CITATION.cff"}) == []
    assert "version" in PROJECT["project"]["dynamic"] and "version" not in PROJECT["project"]
    assert places(ganlib.__version__, {"ganlib/__init__.py", "README.md", "CITATION.cff", "CHANGELOG.md"}) == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from a copy of the checkout without git, in whose data folder lies what must stay at home."""
    tree = tmp_path_factory.mktemp("tree")
    for name in git_files("ganlib", "data", "pyproject.toml", "README.md", "LICENSE", "CITATION.cff"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tree / name)
    for junk in ("data/cache/mnist/huge.gz", "data/.DS_Store", "data/weights/x.tmp", "ganlib/__pycache__/a.pyc"):
        (tree / junk).parent.mkdir(parents=True, exist_ok=True)
        (tree / junk).write_text("junk")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tree / "dist"), str(tree)]
    subprocess.run(build, check=True, capture_output=True)
    (path,) = (tree / "dist").glob("*.whl")
    return path


def test_the_wheel_holds_all_of_data_but_the_cache(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {name.removeprefix("ganlib/_shipped/") for name in names if name.startswith("ganlib/_shipped/")}
    wanted = {name.removeprefix("data/") for name in git_files("data") if not name.startswith("data/cache/")}
    assert shipped == wanted
    assert {"README.md", "claims.toml"} <= shipped
    junk = re.compile(r"(^|/)(__py)?cache(__)?/|\.tmp$|\.DS_Store")
    assert not [name for name in names if junk.search(name.removeprefix("ganlib/data/"))]


def test_the_wheel_holds_the_package_and_no_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name for name in git_files("ganlib") if "__pycache__" not in name} <= set(names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"ganlib"}


def test_installed_from_the_wheel_the_first_notebook_runs_in_another_folder(wheel, tmp_path):
    clean = CleanEnvironment(tmp_path)
    clean.run("-m", "pip", "install", "--quiet", str(wheel))
    notebook = nbformat.read(ROOT / "notebooks" / "00_start_here.ipynb", as_version=4)
    question = "import ganlib\nprint(ganlib.__file__, runtime.shipped_folder(), runtime.cache_folder(), sep='\\n')"
    notebook.cells.append(new_code_cell(question))
    answer = clean.run_notebook(notebook).cells[-1].outputs[0].text.splitlines()
    package, shipped, cache = map(Path, answer)
    assert package.is_relative_to(clean.packages)
    assert shipped == clean.packages / "ganlib" / "_shipped"
    assert cache.is_relative_to(clean.home)
