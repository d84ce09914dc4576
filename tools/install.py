"""Install into this Python's environment with pip, choosing the small CPU build of torch where there is no NVIDIA GPU.

Usage: python tools/install.py [pip's own options] REQUIREMENT ...

PyPI's torch for Linux brings several gigabytes of CUDA with it. Without a GPU pytorch.org's CPU build does the same
with a tenth of that. Where pytorch.org can't be reached, PyPI's is used. TORCH=pypi or TORCH=cpu chooses by hand.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

CPU_INDEX = os.environ.get("TORCH_CPU_INDEX", "https://download.pytorch.org/whl/cpu")


def reachable(address: str) -> bool:
    """Say whether something answers at `address` within a few seconds."""
    try:
        with urllib.request.urlopen(address + "/torch/", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError, ValueError):
        return False


def wants_cpu_build() -> bool:
    """Say whether torch is still to be installed, on Linux without an NVIDIA GPU, and its CPU build can be had."""
    if importlib.util.find_spec("torch") or os.environ.get("TORCH") == "pypi":
        return False
    if os.environ.get("TORCH") == "cpu":
        return True
    has_gpu = shutil.which("nvidia-smi") or os.path.exists("/proc/driver/nvidia")
    return platform.system() == "Linux" and platform.machine() == "x86_64" and not has_gpu and reachable(CPU_INDEX)


def pip(*arguments: str) -> int:
    """Run pip of this environment and return its exit code."""
    return subprocess.call([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *arguments])


def main(arguments: list[str]) -> int:
    """Install what `arguments` name; return pip's exit code."""
    constraint = [word for flag, word in zip(arguments, arguments[1:]) if flag == "--constraint"]
    options = [part for name in constraint for part in ("--constraint", name)]
    if wants_cpu_build():
        print("no NVIDIA GPU here: installing torch's CPU build from", CPU_INDEX, flush=True)
        if pip("--index-url", CPU_INDEX, *options, "torch", "torchvision"):
            print("that failed, so PyPI's build of torch is next", flush=True)
    code = pip(*arguments)
    if code:
        print("pip could not install the course: see its message above, then run the same command again")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
