"""Where the course runs: devices, seeds, Colab, folders, the set-up call."""

import sys
import types
from importlib.machinery import ModuleSpec
from pathlib import Path

import matplotlib
import pytest
import torch

from ganlib import runtime


@pytest.fixture
def devices(monkeypatch):
    """Return a function that sets which accelerators seem to be there."""

    def there(*names):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in names)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in names)

    there()
    return there


@pytest.mark.parametrize("names, best", [("", "cpu"), ("mps", "mps"), ("cuda", "cuda"), ("cuda mps", "cuda")])
def test_the_best_device_is_the_fastest_there(devices, names, best):
    devices(*names.split())
    assert runtime.best_device() == torch.device(best)
    assert runtime.best_device("cpu") == torch.device("cpu")


def test_a_device_with_a_number_is_taken_as_it_is(devices):
    devices("cuda")
    assert runtime.best_device("cuda:1") == torch.device("cuda", 1)


@pytest.mark.parametrize("name", ["cuda", "mps", "xpu", "gpu", "the big one"])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(devices, name):
    with pytest.raises(ValueError, match="use one of cpu"):
        runtime.best_device(name)


def test_seeding_makes_torch_repeat_itself():
    with torch.random.fork_rng():
        runtime.seed_everything(3)
        first = torch.rand(3)
        runtime.seed_everything(3)
        assert torch.equal(torch.rand(3), first)


def colab(monkeypatch, calls):
    """Put the modules there that only Colab has."""
    google, inner = types.ModuleType("google"), types.ModuleType("google.colab")
    google.__path__, inner.__spec__ = [], ModuleSpec("google.colab", None)
    inner.output = types.SimpleNamespace(enable_custom_widget_manager=lambda: calls.append("widgets"))
    google.colab = inner
    monkeypatch.setitem(sys.modules, "google", google)
    monkeypatch.setitem(sys.modules, "google.colab", inner)


def test_colab_is_known_by_its_module(monkeypatch):
    assert not runtime.in_colab()
    colab(monkeypatch, [])
    assert runtime.in_colab()


def test_the_cache_is_where_it_was_asked_to_be(monkeypatch, tmp_path):
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "here" / "deep"))
    assert runtime.cache_folder() == tmp_path / "here" / "deep"
    assert (tmp_path / "here" / "deep").is_dir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GANLIB_CACHE", "~/there")
    assert runtime.cache_folder() == tmp_path / "there"


def test_an_installed_package_caches_in_the_users_folder_a_checkout_in_its_own(monkeypatch, tmp_path):
    monkeypatch.delenv("GANLIB_CACHE", raising=False)
    monkeypatch.setattr(runtime, "PACKAGE", tmp_path / "ganlib")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert runtime.cache_folder() == tmp_path / "xdg" / "ganlib"
    (tmp_path / "pyproject.toml").touch()
    assert runtime.cache_folder() == tmp_path / "data" / "cache"


def test_what_ships_is_found_in_a_checkout_and_in_a_wheel(monkeypatch, tmp_path):
    assert (runtime.shipped_folder() / "README.md").is_file()
    monkeypatch.setattr(runtime, "PACKAGE", tmp_path / "ganlib")
    with pytest.raises(FileNotFoundError, match="install ganlib again, or clone"):
        runtime.shipped_folder()
    for folder in (tmp_path / "data", tmp_path / "ganlib" / "_shipped"):  # the wheel's own copy comes first
        folder.mkdir(parents=True)
        (folder / "README.md").touch()
        assert runtime.shipped_folder() == folder


def test_devices_are_named_for_people(monkeypatch):
    assert runtime.device_name(torch.device("cpu")) == f"cpu, {torch.get_num_threads()} threads"
    card = types.SimpleNamespace(name="NVIDIA T4", total_memory=15 * 2**30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: card)
    assert runtime.device_name(torch.device("cuda")) == "cuda, NVIDIA T4, 15 GB"
    assert runtime.device_name(torch.device("mps")).startswith("mps, ")


@pytest.fixture
def settings_kept():
    precision = torch.get_float32_matmul_precision()
    with matplotlib.rc_context(), torch.random.fork_rng():
        yield
    torch.set_float32_matmul_precision(precision)


def test_setting_up_seeds_styles_and_says_so_in_one_line(settings_kept, devices, capsys):
    assert runtime.setup(seed=5) == torch.device("cpu")
    drawn = torch.rand(3)
    assert torch.equal(drawn, torch.rand(3, generator=torch.Generator().manual_seed(5)))
    assert matplotlib.rcParams["image.cmap"] == "gray"
    assert torch.get_float32_matmul_precision() == "medium"
    (line,) = capsys.readouterr().out.splitlines()
    assert "ganlib" in line and "cpu" in line and torch.__version__ in line
    assert str(Path.home()) not in line


def test_the_c_library_is_told_to_keep_memory(monkeypatch):
    told = {}

    class Library:
        def __init__(self, name):
            assert name is None  # the libraries that the process has already

        def mallopt(self, option, value):
            told[option] = value
            return 1

    monkeypatch.setattr(runtime.ctypes, "CDLL", Library)
    assert runtime.keep_memory()
    assert told == {-3: 2**25, -1: 2**31 - 1}


@pytest.mark.parametrize("lack", [AttributeError, OSError, TypeError])
def test_where_memory_cannot_be_kept_nothing_happens(monkeypatch, lack):
    def missing(name):
        raise lack

    monkeypatch.setattr(runtime.ctypes, "CDLL", missing)
    assert not runtime.keep_memory()


def test_setting_up_in_colab_switches_its_widgets_on(settings_kept, devices, monkeypatch, capsys):
    calls = []
    runtime.setup()
    colab(monkeypatch, calls)
    assert calls == []
    runtime.setup()
    assert calls == ["widgets"]


def test_setting_up_on_a_device_that_is_not_there_is_refused(settings_kept, devices):
    with pytest.raises(ValueError, match="no device 'cuda'"):
        runtime.setup(device="cuda")
