"""Where the course runs: device, seeds, Colab or not, folders, and the one call of a notebook's set-up cell."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parent


def best_device(name: str | None = None) -> torch.device:
    """Return the device to compute on: `name` if given, else cuda, else mps, else cpu.

    Raises:
        ValueError: if `name` is a device that this machine does not have.
    """
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name is None:
        return torch.device(next(kind for kind, there in available.items() if there))
    if not available.get(str(name).split(":")[0], False):
        usable = ", ".join(kind for kind, there in available.items() if there)
        raise ValueError(f"there is no device {name!r} here: use one of {usable}, or None for the best of them")
    return torch.device(name)


def seed_everything(seed: int) -> None:
    """Seed torch's generators (CPU and GPU). NumPy and `random` are not used by the course's experiments."""
    torch.manual_seed(seed)


def in_colab() -> bool:
    """Say whether this is Google Colab, by the module that only Colab has."""
    try:
        return importlib.util.find_spec("google.colab") is not None
    except (ImportError, ValueError):
        return False


def shipped_folder() -> Path:
    """Return the folder of what ships with the course: the checkout's `data/`, or its copy inside an installed wheel.

    Raises:
        FileNotFoundError: if neither is there, which means that the installation is incomplete.
    """
    for folder in (PACKAGE / "_shipped", PACKAGE.parent / "data"):
        if (folder / "README.md").is_file():
            return folder
    raise FileNotFoundError(
        f"the course's data folder is missing beside {PACKAGE}: install ganlib again, or clone the whole repository"
    )


def cache_folder() -> Path:
    """Return (and make) the folder for downloads and long results.

    `GANLIB_CACHE` if set, else `data/cache` in a checkout, else `ganlib` in the user's cache folder.
    """
    if chosen := os.environ.get("GANLIB_CACHE"):
        folder = Path(chosen).expanduser()
    elif (PACKAGE.parent / "pyproject.toml").is_file():
        folder = PACKAGE.parent / "data" / "cache"
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ganlib"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def device_name(device: torch.device) -> str:
    """Name a device for people, with its size: `cpu, 2 threads` or `cuda, NVIDIA T4, 15 GB`."""
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return f"cuda, {properties.name}, {properties.total_memory / 2**30:.0f} GB"
    if device.type == "cpu":
        return f"cpu, {torch.get_num_threads()} threads"
    return f"{device.type}, {platform.processor() or platform.machine()}"


def keep_memory() -> bool:
    """Let the C library keep what torch frees on the CPU for the next step, and say whether it could be told to.

    glibc hands large blocks back to the system as soon as they are free and gets them again page by page, which took up
    to a fifth of a convolutional GAN's step. Blocks up to 32 MiB, the most that glibc allows, and up to 2 GiB in all
    stay with the process. Elsewhere than on Linux with glibc nothing changes.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # macOS and musl have no mallopt, Windows no CDLL(None)
        return False
    trim_threshold, mmap_threshold = -1, -3  # as malloc.h names them
    return bool(mallopt(mmap_threshold, 32 * 2**20) and mallopt(trim_threshold, 2**31 - 1))


def make_quick() -> None:
    """Let float32 products use bfloat16 pieces (`medium`), and the C library keep memory for the next step.

    The first doubles their speed on many CPUs and GPUs; on the CPU the error stays at float32's level.
    """
    torch.set_float32_matmul_precision("medium")
    keep_memory()


def setup(seed: int = 0, device: str | None = None) -> torch.device:
    """Prepare a notebook: choose the device, seed, make it quick, set the figures' style, and say so in one line.

    `seed` seeds torch. `device` is as for `best_device`. Returns the device.
    In Colab it also switches on the manager that anywidget's canvas needs.
    """
    from ganlib import __version__, plots

    chosen = best_device(device)
    seed_everything(seed)
    make_quick()
    plots.use_style()
    if in_colab():
        from google.colab import output  # pyright: ignore[reportMissingImports]  only in Colab

        output.enable_custom_widget_manager()
    print(f"ganlib {__version__} on {device_name(chosen)}, torch {torch.__version__}")
    return chosen
