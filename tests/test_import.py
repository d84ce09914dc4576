"""Importing ganlib is cheap and does nothing; every module keeps to what it may know."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
import rooms

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


IN_TABLE, BY_FLOOR = rooms.table(), rooms.floors()
WIDGETS_ONLY = {"ipywidgets", "anywidget", "traitlets"}
BEFORE_ANY_ENVIRONMENT = ("install.py", "install_browser.py", "student.py", "test.py")


def test_every_room_has_its_row_and_its_floor():
    assert set(IN_TABLE) == set(rooms.rooms()), "docs/architecture.md: a row for each room, and no other"
    placed = sorted(room for floor in BY_FLOOR for room in floor)
    assert placed == sorted(rooms.rooms()), "docs/architecture.md: one place in the picture for each room"


@pytest.mark.parametrize("room", sorted(rooms.rooms()))
def test_a_room_imports_what_the_page_says(room):
    row = IN_TABLE[room]
    assert rooms.of_ganlib(room) == row["imports"], f"the code, and then the row of {room} in docs/architecture.md"
    assert rooms.libraries(room) == row["libraries"], f"the code, and then the row of {room} in docs/architecture.md"


@pytest.mark.parametrize("room", sorted(rooms.rooms()))
def test_a_room_imports_nothing_that_it_must_not_know(room):
    for name in IN_TABLE[room]["never"]:
        inner = name.split(".")[0] in IN_TABLE
        module = f"ganlib.{name}" if inner else name
        assert not [path.name for path in rooms.rooms()[room] if rooms.uses(path, module)], f"{room} imports {module}"
        assert not inner or importlib.util.find_spec(module), f"there is no {module}"


def test_a_room_imports_lower_floors_alone():
    floor = {room: number for number, names in enumerate(BY_FLOOR) for room in names}
    upwards = [(room, other) for room in IN_TABLE for other in rooms.of_ganlib(room) if floor[other] >= floor[room]]
    assert not upwards


def test_only_widgets_know_widget_libraries():
    assert [room for room in rooms.rooms() if rooms.libraries(room) & WIDGETS_ONLY] == ["widgets"]


def test_the_library_knows_neither_tools_nor_tests_and_tools_know_what_the_page_says():
    def known(folder):
        paths = sorted((ROOT / folder).rglob("*.py"))
        return {name for path in paths for name in rooms.imported(path)}

    assert not [name for name in known("ganlib") if name.split(".")[0] in ("tools", "tests")]
    assert not [name for name in known("tools") if name.split(".")[0] == "tests"]
    pipeline = {".".join(name.split(".")[:2]) for name in known("tools/pipeline") if name.startswith("ganlib.")}
    assert pipeline == {"ganlib.check"}
    assert not [name for name in known("tools/speed") if name.startswith("tools.pipeline")]
    for name in BEFORE_ANY_ENVIRONMENT:
        assert {module.split(".")[0] for module in rooms.imported(ROOT / "tools" / name)} <= sys.stdlib_module_names


def test_nothing_is_pickled():
    files = sorted((ROOT / "ganlib").rglob("*.py"))
    pickling = [path.name for path in files if rooms.uses(path, "pickle") or rooms.uses(path, "joblib")]
    loading = [path.name for path in files if "torch.load(" in path.read_text("utf-8")]
    assert pickling == loading == []


def test_the_digits_come_without_an_import_of_scikit_learn():
    load = "import sys; from ganlib import data; data.load('digits', limit=5); print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "False\n", done.stderr
