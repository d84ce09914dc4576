"""The report that a student pastes into a question: complete, private, and there even when nothing works."""

import importlib
import importlib.metadata
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ganlib import doctor, pretrained, runtime

SECTIONS = ("ganlib", "Python", "machine", "device", "packages", "data sets", "weights", "cache")


@pytest.fixture(autouse=True)
def quiet_machine(tmp_path, monkeypatch):
    """A cache of its own and whole weights; packages are taken as loadable, which one test checks for itself."""
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "weights"
    place.mkdir()
    (place / "one.safetensors").write_bytes(b"numbers")
    recipe = pretrained.Recipe("MLP", {}, "make", "digits", 0, {}, pretrained.checksum(place / "one.safetensors"))
    monkeypatch.setattr(pretrained, "folder", lambda: place)
    monkeypatch.setattr(pretrained, "index", lambda: {"one": recipe})
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=50 * 10**9))
    monkeypatch.setattr(doctor, "_import_error", lambda name: None)
    return place


def section(label: str) -> str:
    """Return one section of the report as a single line."""
    text = re.sub(r"\n {10}", " ", doctor.report())
    return next(line for line in text.splitlines() if line.startswith(label.ljust(10)))


def verdict() -> list[str]:
    lines = doctor.report().splitlines()
    return [line for line in lines if line.startswith("TO DO")] or lines[-1:]


def fits(text: str) -> bool:
    lines = text.splitlines()
    return len(lines) <= 24 and max(map(len, lines)) <= 100


def test_a_whole_installation_is_fine():
    text = doctor.report()
    assert fits(text)
    assert text.splitlines()[-1] == "everything is fine"
    assert [line[:10].strip() for line in text.splitlines()[:-1] if line[0] != " "] == list(SECTIONS)


def test_every_package_that_pyproject_names_is_there_with_its_version():
    import tomllib

    source = Path(doctor.__file__).parents[1] / "pyproject.toml"
    wanted = [entry.split(">=")[0] for entry in tomllib.loads(source.read_text())["project"]["dependencies"]]
    line = section("packages")
    assert len(wanted) >= 11
    for name in wanted:
        assert f"{name} {importlib.metadata.version(name)}" in line


def test_without_a_checkout_the_packages_come_from_the_installation(monkeypatch, tmp_path):
    from_checkout = doctor._requirements()
    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "site-packages" / "ganlib" / "doctor.py"))
    monkeypatch.setattr(
        importlib.metadata,
        "requires",
        lambda name: [f"{package}>={least}" for package, least in from_checkout] + ["pytest>=8; extra == 'unit'"],
    )
    assert doctor._requirements() == from_checkout


def test_missing_and_old_packages_are_reported_with_what_to_do(monkeypatch):
    versions = {"torchvision": None, "numpy": "1.26.4+local"}
    real = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: versions.get(name, real(name)))
    assert "torchvision MISSING" in section("packages") and "numpy 1.26.4" in section("packages")
    missing, old = verdict()
    assert "torchvision is missing: pip install" in missing
    assert "numpy 1.26.4+local is older than 2.0: pip install" in old


@pytest.mark.parametrize(
    "version, numbers", [("2.11.0+cu128", (2, 11, 0)), ("0.26", (0, 26)), ("2.6.0rc1", (2, 6, 0)), ("13.0.d1", (13, 0))]
)
def test_versions_are_compared_by_their_numbers(version, numbers):
    assert doctor._numbers(version) == numbers


def test_a_package_that_does_not_load_is_named(monkeypatch):
    monkeypatch.undo()
    real = importlib.import_module

    def load(name, *rest):
        if name == "torchvision":
            raise RuntimeError("operator torchvision::nms does not exist")
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", load)
    problems = []
    doctor._packages(problems)
    reason = "RuntimeError: operator torchvision::nms does not exist"
    assert problems == [f"install torchvision again: it does not load ({reason})"]


def test_weights_that_are_damaged_or_missing_are_named(quiet_machine):
    assert "one whole" in section("weights")
    (quiet_machine / "one.safetensors").write_bytes(b"numbres")
    assert "one DAMAGED" in section("weights")
    assert "weights one are damaged: install ganlib again" in verdict()[0]
    (quiet_machine / "one.safetensors").unlink()
    assert "one MISSING" in section("weights")
    assert "weights one are missing" in verdict()[0]


def test_data_sets_are_offline_cached_or_to_be_downloaded(tmp_path):
    assert "in the cache: none" in section("data sets")
    raw = tmp_path / "cache" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    assert "in the cache: none" in section("data sets")  # an empty folder is no data set
    (raw / "train-images-idx3-ubyte").touch()
    (tmp_path / "cache" / "cifar-10-batches-py").mkdir()
    (tmp_path / "cache" / "cifar-10-batches-py" / "data_batch_1").touch()
    line = section("data sets")
    assert "offline: digits" in line
    assert "in the cache: mnist, cifar10;" in line
    assert "on first use: fashion_mnist, celeba" in line


def test_a_full_disk_is_a_problem(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=3 * 10**8))
    assert "0.3 GB free" in section("cache")
    assert "free some space" in verdict()[0]


def test_the_home_folder_is_not_in_the_report(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert section("cache").startswith("cache     ~/cache, ")
    monkeypatch.setattr(pretrained, "index", lambda: (tmp_path / "nobody" / "index.json").read_text())
    text = doctor.report()
    assert "~/nobody/index.json" in re.sub(r"\n {10}", " ", text) and str(tmp_path) not in text


def test_colab_and_jupyterlab_are_told_apart(monkeypatch):
    monkeypatch.setattr(runtime, "in_colab", lambda: True)
    monkeypatch.setattr(doctor, "_version", lambda name: None)
    assert "in Colab, no JupyterLab" in section("Python")
    monkeypatch.setattr(runtime, "in_colab", lambda: False)
    monkeypatch.setattr(doctor, "_version", lambda name: "4.9.9")
    assert "not in Colab, JupyterLab 4.9.9" in section("Python")


@pytest.fixture(autouse=True)
def nobodys_editor(monkeypatch):
    """The tests may themselves be run by VS Code."""
    for name in ("VSCODE_PID", "VSCODE_CWD"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("where", ["VSCODE_PID", "VSCODE_CWD", "__vsc_ipynb_file__"])
def test_in_vs_code_an_ipywidgets_that_shows_nothing_there_is_named(monkeypatch, where):
    real, version = doctor._version, "8.1.9"
    monkeypatch.setattr(doctor, "_version", lambda name: version if name == "ipywidgets" else real(name))
    assert verdict() == ["everything is fine"], "elsewhere this version is as good as any"
    if where.startswith("VSCODE"):
        monkeypatch.setenv(where, "1")
    else:
        shell = SimpleNamespace(user_ns={where: "06.ipynb"})
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert "in VS Code" in section("Python")
    assert verdict() == ["TO DO     VS Code may show no widget with this ipywidgets: pip install ipywidgets==8.1.8"]
    version = "8.1.8"
    assert verdict() == ["everything is fine"]


def test_the_report_is_there_and_fits_when_everything_is_broken(monkeypatch):
    def broken(problems):
        raise OSError("nothing works here, " * 40)

    monkeypatch.setattr(doctor, "SECTIONS", tuple((label, broken) for label in SECTIONS))
    text = doctor.report()
    assert fits(text)
    assert text.count("could not find out (OSError: nothing works") == len(SECTIONS)
    assert text.splitlines()[-1].startswith("TO DO     mend what is said above of ganlib, Python")
