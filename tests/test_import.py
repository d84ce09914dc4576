"""Importing ganlib is cheap and does nothing; every module keeps to what it may know."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = ("ganlib", "ganlib.runtime", "ganlib.losses", "ganlib.data", "ganlib.models", "ganlib.metrics",
           "ganlib.pictures", "ganlib.train", "ganlib.pretrained", "ganlib.doctor")  # fmt: skip
HEAVY = {"matplotlib", "ipywidgets", "anywidget", "sklearn", "scipy", "torchvision", "IPython", "tqdm", "PIL", "pandas"}

# Runs in a fresh interpreter: imports one module after the other and tells what each one changed.
PROBE = """
import json, random, sys
import numpy, torch

asked = []
sys.addaudithook(lambda event, _: asked.append(event) if event.startswith(("socket.", "urllib.")) else None)

def state():
    return [random.getstate(), torch.get_rng_state().tolist(), str(numpy.random.get_state()), torch.get_num_threads(),
            torch.get_float32_matmul_precision(), str(torch.get_default_dtype()), torch.is_grad_enabled()]

first, steps = state(), {}
for module in sys.argv[1:]:
    before = set(sys.modules)
    __import__(module)
    steps[module] = sorted(set(sys.modules) - before)
import matplotlib
defaults = {key: str(value) for key, value in matplotlib.rcParams.items()}
import ganlib.plots, ganlib.widgets
styled = [key for key, value in matplotlib.rcParams.items() if str(value) != defaults[key]]
print(json.dumps({"steps": steps, "same": state() == first, "asked": asked, "styled": styled}))
"""


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    cache = tmp_path_factory.mktemp("import") / "cache"
    environment = {"GANLIB_CACHE": str(cache), "MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT), "HOME": str(cache.parent)}
    done = subprocess.run([sys.executable, "-c", PROBE, *MODULES], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) | {"cache": cache}


@pytest.mark.parametrize("module", MODULES)
def test_importing_a_module_loads_nothing_heavy(probe, module):
    loaded = {name.split(".")[0] for name in probe["steps"][module]}
    assert not loaded & HEAVY


def test_the_base_modules_load_nothing_else_of_ganlib(probe):
    def ours(module):
        return [name for name in probe["steps"][module] if name.startswith("ganlib")]

    assert probe["steps"]["ganlib"] == ["ganlib"]
    assert ours("ganlib.runtime") == ["ganlib.runtime"]
    assert ours("ganlib.losses") == ["ganlib.losses"]


def test_importing_draws_no_random_number_and_sets_nothing(probe):
    assert probe["same"]
    assert probe["styled"] == []


def test_importing_asks_no_network_and_makes_no_folder(probe):
    assert probe["asked"] == []
    assert not probe["cache"].exists()


def imported(path: Path) -> set[str]:
    """Return every module that a file imports, also inside its functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


NEVER = {
    "data": ("ganlib.models", "ganlib.plots", "ganlib.widgets"),
    "models": ("ganlib.data", "ganlib.plots", "ganlib.widgets"),
    "losses.py": ("ganlib", "numpy", "torchvision"),
    "train": ("ganlib.plots", "ganlib.widgets", "matplotlib"),
    "metrics": ("ganlib.plots", "ganlib.widgets", "matplotlib"),
    "plots.py": ("ganlib.widgets",),
    "widgets": ("ganlib.train.training", "ganlib.train.updates"),
    "pretrained.py": ("ganlib.widgets",),
    "check": ("ganlib.grading",),
    "grading": ("ganlib.widgets",),
}
WIDGETS_ONLY = ("ipywidgets", "anywidget", "traitlets")


def files_of(part: str) -> list[Path]:
    path = ROOT / "ganlib" / part
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def uses(path: Path, module: str) -> bool:
    return any(name == module or name.startswith(module + ".") for name in imported(path))


@pytest.mark.parametrize("part", NEVER)
def test_modules_do_not_import_what_they_must_not_know(part):
    files = files_of(part)
    assert files
    assert [(path.name, module) for path in files for module in NEVER[part] if uses(path, module)] == []


def test_only_widgets_know_widget_libraries():
    others = [path for path in (ROOT / "ganlib").rglob("*.py") if "widgets" not in path.parts]
    assert [(path.name, name) for path in others for name in WIDGETS_ONLY if uses(path, name)] == []


def test_nothing_is_pickled():
    pickling = [path.name for path in (ROOT / "ganlib").rglob("*.py") if uses(path, "pickle") or uses(path, "joblib")]
    loading = [path.name for path in (ROOT / "ganlib").rglob("*.py") if "torch.load(" in path.read_text("utf-8")]
    assert pickling == loading == []


def test_the_digits_come_without_an_import_of_scikit_learn():
    load = "import sys; from ganlib import data; data.load('digits', limit=5); print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "False\n", done.stderr
