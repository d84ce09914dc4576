"""What README, docs/ and .github/ name is there: modules, files, make's targets. Hooks run what make runs."""

import functools
import importlib
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "data" / "README.md", *sorted((ROOT / "docs").glob("*.md")),
         *sorted(path for path in (ROOT / ".github").rglob("*") if path.suffix in (".md", ".yml"))]  # fmt: skip
# Folders that are made by a command, and what git ignores.
MADE = ("build/", "dist/", "runs/", "data/cache", ".venv", "hand_in", "cache/")
PLACES = re.compile(r"(?<![\w./-])(?:ganlib|tools|tests|docs|notebooks|data|\.github|\.ci)/[\w./*-]*")
ROOT_FILES = re.compile(r"[\w.-]+\.(?:toml|cff|txt|yml|yaml)|[A-Z]+\.md|Makefile")
ANYWHERE = re.compile(r"[\w/]+\.(?:py|js|css)")  # a file of the folder that the text speaks of
NO_MODULES = {"ganlib.git", "ganlib.quizzes"}  # an address' end, and a key of notebooks' metadata
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
DOTTED = re.compile(r"(?<![\w./-])ganlib(?:\.[A-Za-z_]\w*)+")


def codes(page):
    """Return what stands in backticks on a page, alone or in a block; of a page of YAML the whole text."""
    text = page.read_text(encoding="utf-8")
    return CODE.findall(text) if page.suffix == ".md" else [text]


def there(name):
    """Say whether a dotted name leads to a module, or to something in one."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@functools.cache
def tracked():
    call = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    return set(subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_dotted_name_of_ganlib_is_there(page):
    names = set(DOTTED.findall(page.read_text(encoding="utf-8"))) - NO_MODULES
    assert [name for name in sorted(names) if not there(name)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_path_in_backticks_is_there(page):
    found = {path.rstrip(".") for code in codes(page) for path in PLACES.findall(code)}
    words = {code.strip("`") for code in codes(page)}
    found |= {word for word in words if ROOT_FILES.fullmatch(word)}
    missing = [path for path in found if not path.startswith(MADE) and not any(places(page, path))]
    missing += [word for word in words if ANYWHERE.fullmatch(word) and not any(places(page, f"**/{word}"))]
    assert sorted(missing) == []


def places(page, path):
    """Yield what a page may mean: from the repository's root or from its own folder, NN being any number."""
    pattern = path.rstrip("/").replace("NN_topic", "[0-9][0-9]_*").replace("NN", "[0-9][0-9]")
    if pattern.startswith("**/"):
        yield from (name for name in tracked() if fnmatch(f"/{name}", pattern.replace("**/", "*/")))
    else:
        yield from (place for folder in (ROOT, page.parent) for place in folder.glob(pattern))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_target_of_make_is_there(page):
    makefile = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = {target for code in codes(page) for target in re.findall(r"(?m)^`*make ([a-z][a-z-]+)", code)}
    assert page.suffix != ".md" or asked <= makefile


def test_the_hooks_run_what_make_runs():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [repository["repo"] for repository in hooks] == ["local"]
    entries = [hook["entry"] for hook in hooks[0]["hooks"]]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for entry, line in zip(entries, ("$(RUN) tools/test.py $(ONLY)", "$(RUN) tools/build.py check"), strict=True):
        assert f"\t{line}\n" in makefile
        assert entry == line.replace("$(RUN)", ".venv/bin/python").replace("$(ONLY)", "style")
    (pattern,) = [hook["files"] for hook in hooks[0]["hooks"] if "files" in hook]
    watched = [name for name in tracked() if re.search(pattern, name)]
    assert {"README.md", "CITATION.cff", "ganlib/__init__.py", "data/claims.toml"} <= set(watched)
    assert {name for name in tracked() if name.endswith((".ipynb", "CHANGELOG.md", "pyproject.toml"))} <= set(watched)


def test_ci_installs_what_the_sandbox_needs_and_may_make_one():
    for name in ("test", "weekly"):
        for job in yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text("utf-8"))["jobs"].values():
            steps = [step.get("run", "") for step in job["steps"]]
            if "container" in job:
                assert job["container"]["options"] == "--privileged"
                assert ".ci/run" in steps or any("bubblewrap" in step for step in steps)
    assert "bubblewrap" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
