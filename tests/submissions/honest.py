"""Honest work in all the forms in which it comes: right answers must pass, whatever surrounds them."""

from __future__ import annotations

import json
from pathlib import Path

from .makers import (
    IMPORTS,
    RIGHT,
    STUBS,
    Submission,
    code,
    lesson,
    marked,
    notebook,
    one,
    text,
)

PASS = {"06-1": "pass", "06-2": "pass", "06-3": "pass"}
ALL_THREE = lesson(RIGHT)


def old_format() -> bytes:
    """nbformat 3: worksheets, `input` for a code cell's source."""
    cells = [
        {"cell_type": "code", "language": "python", "input": [marked(name, source)], "outputs": [], "metadata": {}}
        for name, source in RIGHT.items()
    ]
    content = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}
    return json.dumps(content).encode()


def colab() -> bytes:
    """As Colab writes it: no ids, lines in lists, its own metadata."""
    cells = [
        code(source) | {"metadata": {"id": "x1", "colab": {"base_uri": "https://localhost:8080/"}}}
        for source in (IMPORTS, *(marked(name, source) for name, source in RIGHT.items()))
    ]
    for cell in cells:
        cell["source"] = cell["source"].splitlines(keepends=True)
    metadata = {
        "colab": {"provenance": []},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    return notebook(*cells, metadata=metadata, nbformat_minor=0)


def in_folder(folder: Path) -> None:
    """One folder a student, with a picture, a checkpoint and the notebook deeper down."""
    place = folder / "Müller, Zoë_1234" / "work"
    (place / ".ipynb_checkpoints").mkdir(parents=True, exist_ok=True)
    (place / ".ipynb_checkpoints" / "06-checkpoint.ipynb").write_bytes(lesson(STUBS))
    (place / "picture.png").write_bytes(b"\x89PNG")
    (place / "06_vanilla gan.ipynb").write_bytes(ALL_THREE)


def two_files(folder: Path) -> None:
    """A first version and a better one."""
    (folder / "twice").mkdir(parents=True, exist_ok=True)
    (folder / "twice" / "06.ipynb").write_bytes(lesson(RIGHT | {"06-3": STUBS["06-3"]}))
    (folder / "twice" / "06 (1).ipynb").write_bytes(lesson(RIGHT | {"06-1": STUBS["06-1"]}))


BCE = """
class Loss(nn.Module):
    def forward(self, real, fake):
        bce = nn.BCEWithLogitsLoss()
        return bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))
loss_D = Loss()
"""
MAGIC = f"""%%time
{marked("06-2", RIGHT["06-2"])}
%matplotlib inline
!nvidia-smi
"""
THREADS = """
torch.set_num_threads(2)
def work(): return (torch.randn(300, 300) @ torch.randn(300, 300)).sum()
import threading
for _ in range(4):
    thread = threading.Thread(target=work); thread.start()
work()
"""
WORKERS = """
data = torch.utils.data.TensorDataset(torch.arange(8.0))
print([batch for batch in torch.utils.data.DataLoader(data, batch_size=4, num_workers=2)])
"""
CHATTY = "for number in range(20_000):\n    print('step', number, 'of the longest training ever')"
HALF = "def half(x):\n    return nn.functional.softplus(x).mean()\n"
TRAINING = "while True:\n    torch.randn(100, 100) @ torch.randn(100, 100)"
ELSEWHERE = "def loss_D(logits_real, logits_fake):\n    return half(-logits_real) + half(logits_fake)"
SCIPY = """
import numpy as np
def best_D(p, q):
    return np.exp(np.log(p.numpy()) - np.logaddexp(np.log(p.numpy()), np.log(q.numpy())))
"""

HONEST = (
    Submission("plain", PASS, ALL_THREE),
    Submission("colab", PASS, colab()),
    Submission("format-3", PASS, old_format()),
    Submission("byte-order-mark", PASS, b"\xef\xbb\xbf" + ALL_THREE),
    Submission("utf-16", PASS, ALL_THREE.decode().encode("utf-16")),
    Submission("windows-lines", PASS, lesson({name: source.replace("\n", "\r\n") for name, source in RIGHT.items()})),
    Submission("no-metadata", PASS, notebook(*(marked(*item) for item in RIGHT.items()), metadata=None)),
    Submission("handed-in", PASS, notebook(IMPORTS, *(marked(*item) for item in RIGHT.items())),
               file="hand_in_06_handed-in.ipynb"),
    Submission("Müller, Zoë_1234", PASS, put=in_folder),
    Submission("twice", PASS, put=two_files),
    Submission("reordered", PASS, notebook(*(marked(*item) for item in reversed(RIGHT.items())), IMPORTS)),
    Submission("merged", PASS, notebook(IMPORTS, "\n".join(marked(*item) for item in RIGHT.items()))),
    Submission("stub-below", {"06-2": "pass"},
               notebook(IMPORTS, marked("06-2", RIGHT["06-2"]), marked("06-2", STUBS["06-2"]))),
    Submission("magics", {"06-2": "pass"},
               notebook(IMPORTS, "%load_ext autoreload\n%autoreload 2", "torch.cat?", MAGIC)),
    Submission("awaits", {"06-2": "pass"},
               lesson({"06-2": RIGHT["06-2"]}, before=("import asyncio\nawait asyncio.sleep(0)",))),
    Submission("import-below", {"06-2": "pass"},
               notebook("import torch", marked("06-2", RIGHT["06-2"].split("\n", 1)[1]),
                        "from torch.nn.functional import softplus")),
    Submission("helper-in-another-answer", {"06-2": "pass", "06-3": "pass"},
               notebook(IMPORTS, marked("06-2", HALF + ELSEWHERE),
                        "loss_D = losses.cross_entropy_D", marked("06-3", "def loss_G(f):\n    return half(-f)"))),
    Submission("error-before", PASS, lesson(RIGHT, before=("import no_such_library", "1 / 0", "def broken(:"))),
    Submission("leaves-before", PASS, lesson(RIGHT, before=("raise SystemExit",))),
    Submission("threads-before", {"06-2": "pass"}, lesson({"06-2": RIGHT["06-2"]}, before=(THREADS,))),
    Submission("workers-before", {"06-2": "pass"}, lesson({"06-2": RIGHT["06-2"]}, before=(WORKERS,))),
    Submission("trains-for-ever", {"06-2": "pass"},
               lesson({"06-2": RIGHT["06-2"]}, before=(TRAINING,))),
    Submission("chatty", {"06-2": "pass"}, lesson({"06-2": RIGHT["06-2"]}, before=(CHATTY,))),
    Submission("wide-numbers", {"06-2": "pass"},
               lesson({"06-2": RIGHT["06-2"]}, before=("torch.set_default_dtype(torch.float64)",))),
    Submission("no-gradients-before", {"06-2": "pass"},
               lesson({"06-2": RIGHT["06-2"]}, before=("torch.set_grad_enabled(False)", "torch.manual_seed(3)"))),
    Submission("one-ends-python", {"06-1": "pass", "06-2": "crashed", "06-3": "pass"},
               lesson(RIGHT | {"06-2": "import os\nos._exit(3)"})),
    Submission("numpy-answer", {"06-1": "pass"}, lesson({"06-1": SCIPY})),
    one("other-style", BCE, "pass"),
    one("lambda", "loss_D = lambda r, f: nn.functional.softplus(-r).mean() + nn.functional.softplus(f).mean()", "pass"),
    one("own-test-fails", RIGHT["06-2"] + "\nassert loss_D(torch.zeros(2), torch.zeros(2)) == 0", "pass"),
    one("trains-below", RIGHT["06-2"] + "\nwhile True: loss_D(torch.zeros(2), torch.zeros(2))", "pass"),
    one("library", "loss_D = losses.cross_entropy_D", "pass", note="it calls ganlib.losses.cross_entropy_D"),
    Submission("nothing-done", {name: "not done" for name in PASS}, lesson(STUBS)),
    Submission("half-done", PASS | {"06-3": "not done"}, lesson(RIGHT | {"06-3": STUBS["06-3"]})),
    one("wrong-sign", "def loss_D(r, f):\n    return -losses.cross_entropy_D(r, f)", "fail", hint="turn the sign"),
    one("sum", "def loss_D(r, f):\n    s = nn.functional.softplus\n    return s(-r).sum() + s(f).sum()", "fail",
        hint="take the mean"),
    one("none", "def loss_D(r, f):\n    losses.cross_entropy_D(r, f)", "fail", hint="return"),
    one("name-error", "def loss_D(r, f):\n    return sofplus(-r).mean()", "fail", hint="return sofplus(-r).mean()"),
    one("syntax", "def loss_D(r, f)\n    return 1", "fail", hint="SyntaxError"),
    one("other-name", "def lossD(r, f):\n    return losses.cross_entropy_D(r, f)", "fail", hint="keep that name"),
    Submission("no-marker", {"06-2": "not done", "06-3": "pass"},
               notebook(IMPORTS, RIGHT["06-2"], marked("06-3", RIGHT["06-3"])), hint="keep this line"),
    Submission("marker-in-text", {"06-2": "not done", "06-3": "pass"},
               notebook(IMPORTS, text(marked("06-2", RIGHT["06-2"])), marked("06-3", RIGHT["06-3"]))),
)  # fmt: skip
