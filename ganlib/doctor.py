"""One screen about this machine and installation, to be pasted into a question: `python -m ganlib doctor`.

Nothing but the standard library is imported before it is needed: a broken installation is what the report is for.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import re
import shutil
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

WIDTH = 100
LABEL = 10  # width of the first column
MOST_PROBLEMS = 4
MOST_LINES = {"packages": 3, "data sets": 3}  # of one section; the others get two
LEAST_FREE = 2 * 10**9  # bytes: CelebA's files take 1.4 GB
INSTALL = "pip install -r requirements.txt (Colab: run the set-up cell again)"
BLANK_IN_VS_CODE = ("8.1.9",)  # ipywidgets: microsoft/vscode-jupyter, report 17504 of August 2026
IMPORT_NAMES = {"scikit-learn": "sklearn", "pillow": "PIL"}  # where it is not the package's own name


def report() -> str:
    """Return the report: at most 24 lines of 100 columns, no private paths, its last lines the verdict."""
    lines: list[str] = []
    problems: list[str] = []
    unknown: list[str] = []
    for label, section in SECTIONS:
        try:
            text = section(problems)
        except Exception as error:  # whatever is broken, the rest of the report is still wanted
            text = f"could not find out ({type(error).__name__}: {error})"
            unknown.append(label)
        lines += _wrapped(label, text, MOST_LINES.get(label, 2))
    if unknown:  # last: a package that does not load may be the reason for all of it
        problems.append(f"mend what is said above of {', '.join(unknown)}, or paste this report into a question")
    return _without_home("\n".join(lines + _verdict(problems)))


def _verdict(problems: list[str]) -> list[str]:
    if not problems:
        return ["everything is fine"]
    more = len(problems) - MOST_PROBLEMS
    shown = [f"and {more} more"] if more > 0 else []
    return [line for text in problems[:MOST_PROBLEMS] + shown for line in _wrapped("TO DO", text, 1)]


def _wrapped(label: str, text: str, most: int) -> list[str]:
    lines = textwrap.wrap(
        _without_home(" ".join(text.split())),
        WIDTH,
        initial_indent=label.ljust(LABEL),
        max_lines=most,
        subsequent_indent=" " * LABEL,
        placeholder=" …",
    )
    return lines or [label]


def _without_home(text: str) -> str:
    """Write a checkout's folder as "(checkout)" and the home folder as ~, so that nobody's name is in the report."""
    checkout = Path(__file__).resolve().parents[1]
    if (checkout / "pyproject.toml").is_file():
        text = text.replace(str(checkout), "(checkout)")
    try:
        homes = {str(Path.home()), str(Path.home().resolve())}
    except (RuntimeError, OSError):  # neither HOME nor an entry in the list of users
        homes = set()
    for home in homes:
        if len(home) > 1:  # a home of "/" is nobody's
            text = re.sub(re.escape(home) + r"(?![\w.-])", "~", text)
    return text


def _ganlib(problems: list[str]) -> str:
    import ganlib

    return f"{ganlib.__version__} in {Path(ganlib.__file__).parent}"


def _python(problems: list[str]) -> str:
    from ganlib.runtime import in_colab

    lab = _version("jupyterlab")
    where = "in Colab" if in_colab() else "in VS Code" if _in_vs_code() else "not in Colab"
    if where == "in VS Code" and _version("ipywidgets") in BLANK_IN_VS_CODE:
        problems.append("VS Code may show no widget with this ipywidgets: pip install ipywidgets==8.1.8")
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return f"{platform.python_version()} on {system}, {where}, {f'JupyterLab {lab}' if lab else 'no JupyterLab'}"


def _in_vs_code() -> bool:
    """Say whether VS Code runs this: it sets the first two in its processes, the third in its notebooks."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    known = {*os.environ, *(shell.user_ns if shell else ())}
    return bool(known & {"VSCODE_PID", "VSCODE_CWD", "__vsc_ipynb_file__"})


def _machine(problems: list[str]) -> str:
    import torch

    return f"{os.cpu_count()} CPU cores, {torch.get_num_threads()} threads for torch, {_memory()} of memory"


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GB"
    except (AttributeError, ValueError, OSError):
        return "an unknown amount"  # Windows does not tell this way


def _device(problems: list[str]) -> str:
    import torch

    from ganlib.runtime import best_device, device_name

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    others = ", ".join(f"{kind}: {'yes' if usable else 'no'}" for kind, usable in there.items())
    return f"{device_name(best_device())} ({others})"


def _packages(problems: list[str]) -> str:
    found = []
    for name, least in _requirements():
        version = _version(name)
        found.append(f"{name} {version or 'MISSING'}")
        if version is None:
            problems.append(f"{name} is missing: {INSTALL}")
        elif _numbers(version) < _numbers(least):
            problems.append(f"{name} {version} is older than {least}: {INSTALL}")
        elif reason := _import_error(name):
            backend = os.environ.get("MPLBACKEND")
            asked = name == "matplotlib" and backend and repr(backend) in reason
            what = f"unset MPLBACKEND, which asks for {backend}" if asked else f"install {name} again"
            problems.append(f"{what}: it does not load ({reason})")
    return ", ".join(found)


def _requirements() -> list[tuple[str, str]]:
    """Return the run-time needs of pyproject.toml as (name, least version), without its extras."""
    source = Path(__file__).resolve().parent.parent / "pyproject.toml"
    if source.is_file():
        import tomllib

        entries = tomllib.loads(source.read_text(encoding="utf-8"))["project"]["dependencies"]
    else:
        entries = [entry for entry in importlib.metadata.requires("ganlib") or [] if "extra ==" not in entry]
    parts = [entry.split(";")[0].partition(">=") for entry in entries]
    return [(name.strip(), least.strip()) for name, _, least in parts]


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: 2.11.0+cu128 -> (2, 11, 0)."""
    leading = re.match(r"\d+(?:\.\d+)*", version)
    assert leading, f"{version} begins with a number, as every version does"
    return tuple(int(number) for number in leading.group().split("."))


def _import_error(name: str) -> str | None:
    try:
        importlib.import_module(IMPORT_NAMES.get(name, name))
    except Exception as error:  # a package that does not fit its neighbours may raise anything
        return f"{type(error).__name__}: {error}"
    return None


def _data(problems: list[str]) -> str:
    from ganlib import data

    kept, absent = [], []
    for name, entry in data.DOWNLOADED.items():
        (kept if _is_cached(entry.cls) else absent).append(name)
    return (
        f"offline: {', '.join(data.OFFLINE)}; in the cache: {', '.join(kept) or 'none'}; "
        f"downloaded on first use: {', '.join(absent) or 'none'}"
    )


def _is_cached(cls: str) -> bool:
    """Say whether a set's files lie where torchvision looks for them; whether they are whole is checked on loading."""
    from ganlib.runtime import cache_folder

    folder = cache_folder() / {"CIFAR10": "cifar-10-batches-py", "CelebA": "celeba"}.get(cls, f"{cls}/raw")
    return folder.is_dir() and any(folder.iterdir())


def _weights(problems: list[str]) -> str:
    from ganlib import pretrained

    known, states = pretrained.index(), []
    if not known:
        problems.append("no weights are there: install ganlib again, or clone the whole repository")
    for name, recipe in known.items():
        path = pretrained.folder() / f"{name}.safetensors"
        if not path.is_file():
            state = "MISSING"
        else:
            state = "whole" if pretrained.checksum(path) == recipe.sha256 else "DAMAGED"
        states.append(f"{name} {state}")
        if state != "whole":
            problems.append(f"the weights {name} are {state.lower()}: install ganlib again, or git checkout data")
    return ", ".join(states) or "none"


def _cache(problems: list[str]) -> str:
    from ganlib.runtime import cache_folder

    folder = cache_folder()
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        problems.append("the disk of the cache folder is nearly full: free some space, or set GANLIB_CACHE to another")
    if not os.access(folder, os.W_OK):
        problems.append("the cache folder cannot be written to: set GANLIB_CACHE to one that can")
    return f"{folder}, {free / 10**9:.1f} GB free"


SECTIONS: tuple[tuple[str, Callable[[list[str]], str]], ...] = (
    ("ganlib", _ganlib),
    ("Python", _python),
    ("machine", _machine),
    ("device", _device),
    ("packages", _packages),
    ("data sets", _data),
    ("weights", _weights),
    ("cache", _cache),
)
