"""The command lines that stand in README.md and docs: each is understood, and the trainings run, word for word."""

import os
import re
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from torch.distributed.run import get_args_parser

from ganlib.__main__ import main, parser
from ganlib.data import idx

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / ".github").glob("*.md"))]
CODE = re.compile(r"^```\w*\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
QUICK = ["--steps", "2", "--limit", "40", "--batch", "4", "--device", "cpu"]  # what stands last counts


def written() -> list[str]:
    """Return every command line of the course's pages that calls ganlib."""
    code = [block or inline for page in PAGES for block, inline in CODE.findall(page.read_text(encoding="utf-8"))]
    lines = [
        shlex.join(shlex.split(line, comments=True))
        for text in code
        for line in text.splitlines()
        if "-m ganlib" in line
    ]
    return sorted({line for line in lines if "..." not in line and "…" not in line and "NAME" not in line})


WRITTEN = written()
TRAININGS = [line for line in WRITTEN if "ganlib train" in line]


@pytest.fixture
def mnist(tmp_path):
    """Put a small MNIST where the downloaded one would lie."""
    for part, n in (("train", 60), ("t10k", 20)):
        raw = tmp_path / "cache" / "MNIST" / "raw"
        raw.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(0).integers(0, 256, (n, 28, 28), dtype=np.uint8)
        for what, array in (("images-idx3", pixels), ("labels-idx1", (np.arange(n) % 10).astype(np.uint8))):
            (raw / f"{part}-{what}-ubyte").write_bytes(idx.packed(array))
    return tmp_path / "cache"


def test_there_is_something_to_test():
    assert len(WRITTEN) > 5 and any(line.startswith("torchrun") for line in TRAININGS)
    assert any(line.startswith("python -m ganlib train") for line in TRAININGS)


@pytest.mark.parametrize("line", WRITTEN)
def test_each_command_line_is_understood(line):
    words = shlex.split(line)
    if words[0] == "torchrun":
        launched = get_args_parser().parse_args(words[1:])
        assert launched.module and launched.training_script == "ganlib"
    if not (given := words[words.index("ganlib") + 1 :]):
        return  # the command's name in a sentence
    assert parser(given[0]).parse_args(given).command == given[0]


@pytest.mark.parametrize("line", TRAININGS)
def test_each_training_runs(line, mnist, tmp_path):
    program, *words = shlex.split(line)
    place = Path(sys.executable).parent
    start = [str(place / "torchrun")] if program == "torchrun" else [sys.executable]
    there = {**os.environ, "GANLIB_CACHE": str(mnist), "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*start, *words, *QUICK], cwd=tmp_path, env=there, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "wrote weights" in done.stdout and list((tmp_path / "runs").glob("*/samples.png"))


@pytest.mark.parametrize("name", [["dcgan", "--data", "mnist"], ["dcgan", "--data", "celeba"], ["mnist-pixelcnn"]])
def test_data_that_cannot_be_fetched_are_told_in_a_sentence(name, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    for variable in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")  # nobody answers there
    monkeypatch.setattr(urllib.request, "_opener", None)  # it would keep these addresses for the tests that follow
    assert main(["train", *name, "--out", str(tmp_path / "runs"), "--steps", "2"]) == 1
    error = capsys.readouterr().err
    assert "could not be fetched" in error and "--data digits" in error and "Traceback" not in error
    assert error.rstrip().count("\n") == 0 and not (tmp_path / "runs").exists()
