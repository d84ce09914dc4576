"""A course of one tiny notebook in a temporary folder, for the tests of the tools that build and check notebooks."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_output

from tools.pipeline.check import check_course
from tools.pipeline.course import Course
from tools.pipeline.source import notebook_from_source

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

SOURCE = """\
# %% [markdown]
# # Tiny
#
# Is one and one two? You will see.
#
# **Time**: 1 s on two cores, 1 s on a GPU.
#
# {{badges}}

# %% tags=["setup"]

# %% [markdown]
# Count.

# %% tags=["claim-counted"]
# NBVAL_CHECK_OUTPUT
print(1 + 1)

# %% [markdown]
# Two it is.
"""

CLAIMS = """\
[counted]
lectures = ["000"]
statement = "One and one is two."
kind = "measure"
notebook = "06"
"""

FILES = {
    "pyproject.toml": '[tool.course]\nrepository = "https://github.com/someone/tiny"\n',
    "ganlib/__init__.py": '"""Stands in for the library."""\n\n__version__ = "9"\n',
    "CHANGELOG.md": "# Changes\n\n## [9]\n",
    "README.md": "<!-- badges -->\n<!-- /badges -->\n<!-- clone -->\n<!-- /clone -->\n",
    "CITATION.cff": 'version: "0"\nrepository-code: "x"\n',
    "data/claims.toml": CLAIMS,
    "notebooks/source/06_tiny.py": SOURCE,
    # Kernels start in notebooks/, so this stands in for the library and saves importing torch.
    "notebooks/ganlib/__init__.py": "",
    "notebooks/ganlib/runtime.py": "def setup(seed):\n    print('set up with', seed)\n",
}


class TinyCourse:
    """The folder, its course, and short-cuts to change its source or its notebook and to check both."""

    def __init__(self, root: Path):
        for name, text in FILES.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        self.course = Course.load(root)
        self.root = self.course.root
        self.source = self.course.sources / "06_tiny.py"
        self.path = self.course.notebooks / "06_tiny.ipynb"

    def write(self, source: str = SOURCE) -> nbformat.NotebookNode:
        """Write the source and, without running it, its notebook with the outputs that a run would give."""
        self.source.write_text(source)
        notebook = notebook_from_source(self.source, self.course)
        for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
            cell.execution_count = number
            if "print(" in cell.source:
                cell.outputs = [new_output("stream", name="stdout", text="2\n")]
        nbformat.write(notebook, self.path)
        return notebook

    def change(self, change) -> None:
        """Let `change(notebook)` alter the notebook alone, and write it."""
        notebook = nbformat.read(self.path, as_version=4)
        change(notebook)
        nbformat.write(notebook, self.path)

    def problems(self) -> list[str]:
        """Return what the check says of the notebook, as lines."""
        return [str(problem) for problem in check_course(self.course, ["06"])]


def picture(alt: str | None = None) -> nbformat.NotebookNode:
    """Return an output that holds a picture with such a text; without one, a picture as matplotlib leaves it."""
    image = {"text/html": f'<img alt="{alt}" src="data:image/png;base64,{PIXEL}">'}
    data = {"image/png": PIXEL} if alt is None else image
    return new_output("display_data", data=data | {"text/plain": "<Figure>"})
