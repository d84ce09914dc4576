"""One kernel with Colab's versions for all tests of a process."""

from __future__ import annotations

import pytest
from colab_front_end import NODE_MODULES
from colab_runtime import OVERLAY, ColabRuntime
from widget_gallery import SETUP, WIDGETS

SET_UP = """\
import ipywidgets
from IPython.display import display
from ganlib import runtime
device = runtime.setup(seed=0)"""


@pytest.fixture(scope="session")
def kernel(tmp_path_factory):
    """Return a runtime for all tests of a process."""
    missing = [str(folder) for folder in (OVERLAY, NODE_MODULES) if not folder.is_dir()]
    assert not missing, f"{', '.join(missing)} must be there: make test ONLY=browser installs them"
    kernel = ColabRuntime(tmp_path_factory.mktemp("colab"))
    yield kernel
    kernel.close()


@pytest.fixture(scope="module")
def runtime(kernel):
    """Return the runtime, in whose kernel a set-up cell has run."""
    kernel.run(SET_UP)
    return kernel


@pytest.fixture(scope="module")
def made(runtime):
    """Return a function that makes a small widget of a class, once, and says under which name the kernel has it."""
    runtime.run(SETUP)
    there = set()

    def made(kind: str) -> str:
        name = f"made_{kind}"
        if kind not in there:
            runtime.run(f"{name} = {WIDGETS[kind]}")
            there.add(kind)
        return name

    yield made
    runtime.run("".join(f"made_{kind}.close()\n" for kind in there))
