"""Right answers in notebooks as they come: where the notebook's own check says passed, the grader says so, too."""

import json

import pytest
from submissions.makers import IMPORTS, RIGHT, code, lesson, marked, notebook

from ganlib.check.catalogue import exercises
from ganlib.grading.grade import grade
from ganlib.grading.parse import RejectedError, read
from ganlib.grading.sandbox.box import Box, Limits, available

LIMITS = Limits(seconds=60.0, clock=200.0, idle=100.0, scratch=16 * 2**20)
WARM = ("torch", "ganlib.losses", "ganlib.check.drive", "ganlib.check.drive.nb06", "ganlib.check.drive.nb02")
needs_sandbox = pytest.mark.skipif(available() is not None, reason=f"NO SANDBOX TESTED: {available()}")


@pytest.fixture(scope="module")
def box():
    with Box(LIMITS, warm=WARM) as box:
        yield box


def judged(box, data, name="06-2"):
    """Return the mark of one exercise of a notebook."""
    content = read(data)
    (due,) = [one for one in exercises().values() if one.id == name]
    (mark,) = grade(content.cells, [due], box, 1, content.python)
    return mark


LOSS = RIGHT["06-2"]
BODY = "return softplus(-logits_real).mean() + softplus(logits_fake).mean()"
SOFTPLUS = "from torch.nn.functional import softplus"

LAYER = """
class CausalConv2d(nn.Conv2d):
    def __init__(self, kind, channels_in, channels_out, kernel):
        super().__init__(channels_in, channels_out, kernel, padding=kernel // 2)
        mask = torch.zeros(kernel, kernel)
        middle = kernel // 2
        mask[:middle] = 1
        mask[middle, : middle + (kind == "B")] = 1
        self.register_buffer("mask", mask)
"""
FORWARD = """
def masked(self, x):
    return nn.functional.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)
CausalConv2d.forward = masked
"""
DERIVED = """
class CausalConv2d(CausalConv2d):
    def forward(self, x):
        return nn.functional.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)
"""


@needs_sandbox
@pytest.mark.parametrize("cells", [
    [marked("02-4", LAYER), FORWARD, "check.CausalConv2d(CausalConv2d)"],
    [marked("02-4", LAYER), DERIVED, "check.CausalConv2d(CausalConv2d)"],
    [FORWARD, marked("02-4", LAYER)],
    [FORWARD.replace(".forward = masked", "").replace("\nCausalConv2d", "\nsetattr(CausalConv2d, 'forward', masked)"),
     marked("02-4", LAYER)],
], ids=["a method in the next cell", "a class from the class", "as handed in", "by setattr"])  # fmt: skip
def test_a_class_may_grow_in_further_cells(box, cells):
    mark = judged(box, notebook(IMPORTS, *cells), "02-4")
    assert mark.outcome == "pass", mark


@needs_sandbox
def test_what_another_cell_gives_the_name_is_no_answer(box):
    other = "class CausalConv2d(nn.Conv2d):\n    pass\nfrom ganlib.models.pixelcnn import MaskedConv2d as CausalConv2d"
    mark = judged(box, notebook(IMPORTS, marked("02-4", LAYER), other), "02-4")
    assert mark.outcome == "fail"


ODD = {
    "a file written and imported": [f"%%writefile helpers.py\n{SOFTPLUS}\ndef half(x): return softplus(x).mean()",
                                    "import helpers",
                                    marked("06-2", "def loss_D(r, f): return helpers.half(-r) + helpers.half(f)")],
    "a file written and run": [f"%%writefile helpers.py\n{SOFTPLUS}\n", "%run helpers.py", marked("06-2", LOSS)],
    "in Colab's folder": ["%%writefile /content/helpers.py\nSCALE = 1.0", "import sys; sys.path.append('/content')",
                          "from helpers import SCALE\n%run /content/helpers",
                          marked("06-2", LOSS.replace("return ", "return SCALE * "))],
    "a package written": ["import os\nos.makedirs('pieces')", "%%writefile pieces/__init__.py\nSCALE = 1.0",
                          "from pieces import SCALE", marked("06-2", LOSS.replace("return ", "return SCALE * "))],
    "questions asked": ["name, epochs = input('name'), int(input('epochs'))\nSCALE = 1.0",
                        marked("06-2", LOSS.replace("return ", "return SCALE * "))],
    "a library that pip installs": ["!pip install scipy\n%pip install -q numpy\nimport scipy", marked("06-2", LOSS)],
    "an import of what is not here": ["from google.colab import drive\ndrive.mount('/content')\nimport seaborn as sns\n"
                                      f"sns.set_theme()\n{SOFTPLUS} as sp",
                                      marked("06-2", "def loss_D(r, f): return sp(-r).mean() + sp(f).mean()")],
    "in the answer's cell": [marked("06-2", "import einops\n" + LOSS)],
    "shell and magics": ["%%bash\necho hello", "%load_ext autoreload\n%autoreload 2\n%matplotlib inline", "!ls",
                         marked("06-2", LOSS)],
    "widgets and figures": ["import ipywidgets, matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()\n"
                            "from tqdm.notebook import tqdm\nfrom IPython.display import display, clear_output\n"
                            "display(3); clear_output()", marked("06-2", LOSS)],
    "a cell below": [marked("06-2", "def loss_D(r, f): return half(-r) + half(f)"),
                     f"{SOFTPLUS}\ndef half(x): return softplus(x).mean()"],
    "lambda": [SOFTPLUS, marked("06-2", "loss_D = lambda r, f: softplus(-r).mean() + softplus(f).mean()")],
    "partial": [f"{SOFTPLUS}\nfrom functools import partial\ndef both(k, r, f):\n"
                "    return softplus(-r).mean() * k + softplus(f).mean()", marked("06-2", "loss_D = partial(both, 1)")],
    "a decorator": ["from functools import wraps\ndef loud(f):\n    @wraps(f)\n    def g(*a): return f(*a)\n"
                    "    return g",
                    marked("06-2", LOSS.replace("def loss_D", "@loud\ndef loss_D"))],
    "main": [marked("06-2", LOSS + "\nif __name__ == '__main__':\n    print(loss_D(torch.zeros(2), torch.zeros(2)))")],
    "a state that a cell changes": ["SCALE = [0.0]", "SCALE[0] += 1.0",
                                    marked("06-2", LOSS.replace("return ", "return SCALE[0] * "))],
    "a state that a function changes": ["SCALE = 0.0\ndef set_up():\n    global SCALE\n    SCALE = 1.0", "set_up()",
                                        marked("06-2", LOSS.replace("return ", "return SCALE * "))],
    "tabs and Windows": [marked("06-2", LOSS.replace("    ", "\t").replace("\n", "\r\n"))],
    "other letters": [marked("06-2", LOSS.replace("logits_real", "λ_real"))],
    "await": ["import asyncio\nawait asyncio.sleep(0)", marked("06-2", LOSS)],
}  # fmt: skip


@needs_sandbox
@pytest.mark.parametrize("name", ODD)
def test_right_answers_pass_whatever_surrounds_them(box, name):
    mark = judged(box, notebook(IMPORTS, *ODD[name]))
    assert mark.outcome == "pass", mark


MARKERS = ["# EXERCISE: 06-2 (keep this line)", "## EXERCISE: 06-2", "#EXERCISE 06-2", "# exercise: 6-2",
           "# EXERCISE:06-2", "# EXERCISE： 06-2", "   # EXERCISE: 06-2  my answer", "# Exercise 06-2 (keep this line)",
           "# EXERCISE: 06 – 2"]  # noqa: RUF001  # fmt: skip


@pytest.mark.parametrize("marker", MARKERS)
def test_a_marker_may_be_written_in_other_ways(marker):
    (cell,) = read(notebook(f"%%time\n{marker}\n{LOSS}")).cells
    assert cell.exercises == {"06-2"}


@pytest.mark.parametrize("line", [
    "# exercise 06-2 was hard, I begin with 06-3", "x = 1  # EXERCISE: 06-2", 'text = """\n# EXERCISE: 06-2\n"""',
    "# the exercise: 06-2", "# EXERCISES: 06-2", "print('# EXERCISE: 06-2')", "# EXERCISE: 106-2",
])  # fmt: skip
def test_what_only_looks_like_a_marker_is_none(line):
    (cell,) = read(notebook(f"{line}\n{LOSS}")).cells
    assert cell.exercises == set()


def test_large_outputs_are_dropped():
    big = code(marked("06-2", LOSS))
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBOR" * 10_000_000}}
    (cell,) = read(notebook(big | {"outputs": [picture]})).cells
    assert cell.exercises == {"06-2"} and len(cell.printed) == 0
    with pytest.raises(RejectedError, match="too many parts"):
        read(b'{"cells": [' + b"[]," * 6_000_000 + b"[]]}")


@needs_sandbox
def test_a_newer_python_and_a_missing_library_are_named(box):
    newer = "def loss_D(r, f):\n    print(f\"{'a' if r is f else \"b\"}\")\n    return r.sum()\n    f'{'"
    data = json.loads(notebook(IMPORTS, marked("06-2", newer)))
    data["metadata"]["language_info"] = {"name": "python", "version": "3.99.1"}
    assert "saved with Python 3.99.1, and the grader runs 3." in judged(box, json.dumps(data).encode()).hint
    asks = "import einops\ndef loss_D(r, f): return einops.reduce(r, 'n ->', 'mean')"
    assert (
        "imports einops, which the grader's Python has not" in judged(box, notebook(IMPORTS, marked("06-2", asks))).hint
    )


@needs_sandbox
def test_a_part_that_ganlib_does_not_have_is_the_notebooks_mistake(box):
    hint = judged(box, notebook(IMPORTS, marked("06-2", "from ganlib.losses.more import half\n" + LOSS))).hint
    assert "ModuleNotFoundError" in hint and "install" not in hint


LIBRARY = {
    "module": "def loss_D(r, f): return losses.cross_entropy_D(r, f)",
    "alias": "import ganlib.losses as helpers\ndef loss_D(r, f): return helpers.cross_entropy_D(r, f)",
    "name": "from ganlib.losses import cross_entropy_D as ce\ndef loss_D(r, f): return ce(r, f)",
    "assigned": "loss_D = losses.cross_entropy_D",
    "getattr": "def loss_D(r, f): return getattr(losses, 'cross_' + 'entropy_D')(r, f)",
    "partial": "from functools import partial\nloss_D = partial(losses.cross_entropy_D)",
    "helper": "def inner(r, f): return losses.cross_entropy_D(r, f)\ndef loss_D(r, f): return inner(r, f)",
    "importlib": "import importlib\nm = importlib.import_module('gan' + 'lib.losses')\n"
    "def loss_D(r, f): return m.cross_entropy_D(r, f)",
    "map": "def loss_D(r, f): return list(map(losses.cross_entropy_D, [r], [f]))[0]",
    "lambda": "g = losses.cross_entropy_D\nloss_D = lambda r, f: g(r, f)",
}


@needs_sandbox
@pytest.mark.parametrize("way", LIBRARY)
def test_an_answer_that_calls_the_library_gets_a_note(box, way):
    mark = judged(box, notebook(IMPORTS, marked("06-2", LIBRARY[way])))
    assert mark.outcome == "pass" and "it calls ganlib.losses.cross_entropy_D" in mark.notes, mark


@needs_sandbox
def test_a_word_is_no_call(box):
    said = LOSS + "\nprint('not from ganlib: losses.cross_entropy_D')  # ganlib.losses"
    assert judged(box, notebook(IMPORTS, marked("06-2", said))).notes == ()


HANDED = "loss_D = losses.cross_entropy_D\nloss_G = losses.non_saturating_G"
UPDATE = """
def update_D(G, D, opt_D, x_real, z):
    loss = loss_D(D(x_real), D(G(z).detach()))
    opt_D.zero_grad()
    loss.backward()
    opt_D.step()
    return loss.detach()
"""


@needs_sandbox
@pytest.mark.parametrize(("exercise", "cells", "calls"), [
    ("06-4", [HANDED, marked("06-4", UPDATE)], False),
    ("06-4", [marked("06-4", UPDATE.replace("loss_D(", "losses.cross_entropy_D("))], True),
    ("06-4", [marked("06-2", LOSS), "best = losses.cross_entropy_D",
              marked("06-4", UPDATE.replace(" loss_D(", " best("))], True),
    ("02-4", ["from ganlib import models\ndef causal_mask(kind, kernel):\n"
              "    return models.pixelcnn.MaskedConv2d(kind, 1, 1, kernel).mask.view(kernel, kernel)",
              marked("02-4", LAYER.replace("        self.register", "        mask = causal_mask(kind, kernel)\n"
                                           "        self.register") + FORWARD)], False),
], ids=["the notebook's own", "called straight", "by another name", "a helper of the notebook's"])  # fmt: skip
def test_what_the_notebook_hands_over_under_another_exercises_name_is_no_note(box, exercise, cells, calls):
    mark = judged(box, notebook(IMPORTS, *cells), exercise)
    assert mark.outcome == "pass" and bool(mark.notes) == calls, mark


def test_quiz_answers_come_from_the_hand_in_and_from_cells():
    data = json.loads(
        lesson(
            RIGHT,
            after=(
                'check.quiz("06-q2", "B a")\ncheck.quiz("06-q1", "")',
                "%time check.quiz('06-q3', 'd')",
                "check.quiz(name, letters)",
                'check.quiz("06-q1", letters="c")',
            ),
        )
    )
    data["metadata"]["ganlib"] = {"quizzes": {"06-q1": "a", "06-q4": 3, "x": "a", "06-q5": "ba"}}
    assert read(json.dumps(data).encode()).quizzes == {"06-q1": "c", "06-q5": "ab", "06-q2": "ab", "06-q3": "d"}
