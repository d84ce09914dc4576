"""`python -m ganlib train`: data that fit or not, stopping and going on, one process or two."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from ganlib import data, pretrained
from ganlib.__main__ import main
from ganlib.recipes import OWN_DATA, RECIPES
from ganlib.recipes import run as carrying_out
from ganlib.train import kept

ROOT = Path(__file__).resolve().parents[1]
SMALL = ["--data", "sketch_faces", "--size", "16", "--limit", "48", "--batch", "4", "--device", "cpu"]


def train(kind: str, out: Path, *more: str, steps: int = 6, small=SMALL) -> int:
    return main(["train", kind, *small, "--steps", str(steps), "--out", str(out), *more])


def folder_of_pictures(place: Path, *, classes=("",), count=12) -> Path:
    for k in range(count):
        path = place / classes[k % len(classes)] / f"{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20, 24), (20 * k, 100, 250 - 20 * k)).save(path)
    return place


@pytest.mark.parametrize("kind", OWN_DATA)
def test_every_kind_trains_and_leaves_weights_and_a_sheet(kind, tmp_path, capsys):
    assert train(kind, tmp_path) == 0
    folder = tmp_path / f"{kind}-sketch_faces"
    assert "wrote weights" in capsys.readouterr().out
    with Image.open(folder / "samples.png") as sheet:
        assert sheet.width > 60 and len(set(sheet.convert("L").tobytes())) > 2
    G = pretrained.load(folder.name, place=folder)
    assert not G.training and sum(p.numel() for p in G.parameters()) > 1000
    assert pretrained.index(folder)[folder.name].command.startswith(
        f"python -m ganlib train {kind} --data sketch_faces"
    )


def interrupted_at(number: int):
    """Return a `progress` that presses Ctrl-C in the middle of a step."""

    def interrupted(steps, total, **settings):
        for step in honest(steps, total, **settings):
            if step.number == number:
                os.kill(os.getpid(), signal.SIGINT)
            yield step

    honest = carrying_out.progress
    return interrupted


def test_a_stopped_training_goes_on_and_ends_with_the_same_bits(tmp_path, monkeypatch, capsys):
    assert train("pix2pix", tmp_path / "whole", steps=8) == 0
    honest = carrying_out.progress
    monkeypatch.setattr(carrying_out, "progress", interrupted_at(3))
    before = signal.getsignal(signal.SIGINT)
    assert train("pix2pix", tmp_path / "parts", steps=8) == 130
    said = capsys.readouterr()
    assert "stopped at step 3" in said.out and "stopped" in said.err
    assert signal.getsignal(signal.SIGINT) is before
    monkeypatch.setattr(carrying_out, "progress", honest)
    assert train("pix2pix", tmp_path / "parts", steps=8) == 0
    assert "going on at step 3 of 8" in capsys.readouterr().out
    whole, parts = (
        load_file(tmp_path / place / "pix2pix-sketch_faces" / "checkpoint.safetensors") for place in ("whole", "parts")
    )
    assert whole.keys() == parts.keys() and all(torch.equal(whole[name], parts[name]) for name in whole)


@pytest.fixture
def quick(monkeypatch):
    """Give a shipped recipe fewer pictures and nothing to judge by, so that little but its steps takes time."""

    def quickened(name: str) -> str:
        pictures = "digits" if name.startswith("digits") else "sketch_faces"
        load = partial(data.load, pictures, size=64 if "vae" in name else 32, limit=40)
        monkeypatch.setitem(RECIPES, name, replace(RECIPES[name], load=load, judge=lambda network: {"parts": 1}))
        return name

    return quickened


SHIPPED = ["digits-mlp", "digits-dcgan", "digits-cgan", "faces-pix2pix", "digits-bigan", "faces-vae-8"]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_weights_are_the_same_after_a_stop_as_in_one_go(name, quick, tmp_path, monkeypatch, capsys):
    command = ["train", quick(name), "--device", "cpu", "--seed", "2", "--steps", "7", "--out"]
    assert main([*command, str(tmp_path / "whole")]) == 0
    with monkeypatch.context() as stopping:
        stopping.setattr(carrying_out, "progress", interrupted_at(4))
        assert main([*command, str(tmp_path / "parts")]) == 130
    assert [path.name for path in (tmp_path / "parts").iterdir()] == [name]  # the checkpoint's folder alone
    assert main([*command[:-2], "9", "--out", str(tmp_path / "parts")]) == 1
    assert "steps 7 and not 9" in capsys.readouterr().err
    assert main([*command, str(tmp_path / "parts")]) == 0
    said = capsys.readouterr().out
    assert "going on at step 4 of 7" in said and "parts: 1" in said
    assert {path.name for path in (tmp_path / "parts").iterdir()} == {f"{name}.safetensors", "index.json"}
    whole, parts = (tmp_path / place / f"{name}.safetensors" for place in ("whole", "parts"))
    assert whole.read_bytes() == parts.read_bytes()
    assert pretrained.index(tmp_path / "parts") == pretrained.index(tmp_path / "whole")
    assert pretrained.index(tmp_path / "whole")[name].command == f"python -m ganlib train {name} --seed 2 --steps 7"


def test_a_training_that_cannot_be_gone_on_with_says_so(quick, tmp_path, monkeypatch, capsys):
    command = ["train", quick("digits-classifier"), "--device", "cpu", "--steps", "3", "--out", str(tmp_path / "out")]
    with monkeypatch.context() as stopping:
        stopping.setattr(carrying_out, "progress", interrupted_at(2))
        assert main(command) == 130
    assert "can't be gone on with after a stop" in capsys.readouterr().out and not list((tmp_path / "out").iterdir())
    assert main(command) == 0
    assert pretrained.load("digits-classifier", place=tmp_path / "out").training is False


def test_checkpoints_are_written_on_the_way(tmp_path, monkeypatch):
    numbers, honest = [], kept.save_checkpoint
    monkeypatch.setattr(
        kept, "save_checkpoint", lambda training, path: (numbers.append(training.number), honest(training, path))
    )
    assert train("dcgan", tmp_path, "--every", "2", steps=5) == 0
    assert numbers == [2, 4, 5]


def test_a_finished_training_can_be_made_longer_or_begun_anew(tmp_path, capsys):
    train("sr", tmp_path, steps=3)
    assert train("sr", tmp_path, steps=5) == 0
    assert "going on at step 3 of 5" in capsys.readouterr().out
    assert train("sr", tmp_path, "--restart", steps=2) == 0
    assert "going on" not in capsys.readouterr().out
    assert pretrained.index(tmp_path / "sr-sketch_faces")["sr-sketch_faces"].quality == {"steps": 2}


def test_other_settings_do_not_go_on_with_this_training(tmp_path, capsys):
    train("dcgan", tmp_path, steps=2)
    assert train("dcgan", tmp_path, "--seed", "5", steps=4) == 1
    assert "seed 0 and not 5" in capsys.readouterr().err
    assert train("dcgan", tmp_path, "--seed", "5", "--restart", steps=2) == 0
    assert json.loads((tmp_path / "dcgan-sketch_faces" / "settings.json").read_text())["seed"] == 5


@pytest.mark.parametrize("kind, more, words", [
    ("pix2pix", ["--data", "digits", "--limit", "20"], "no segments"),
    ("dcgan", ["--data", "toy_faces", "--size", "2"], "cannot be halved"),
    ("dcgan", ["--data", "nothing_like_it"], "there is no data set 'nothing_like_it'"),
    ("sr", ["--size", "30"], "multiple of 4"),
    ("digits-mlp", ["--data", "digits"], "digits-mlp has its own recipe"),
], ids=["pix2pix", "small", "unknown", "sr", "recipe"])  # fmt: skip
def test_data_that_do_not_fit_are_refused_in_one_line(kind, more, words, tmp_path, capsys):
    assert main(["train", kind, *SMALL, *more, "--steps", "2", "--out", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and not list(tmp_path.iterdir())


def test_folders_of_pictures_do_too_if_their_sub_folders_are_classes(tmp_path, capsys):
    plain = folder_of_pictures(tmp_path / "plain")
    sorted_ = folder_of_pictures(tmp_path / "sorted", classes=("red", "blue"))
    assert train("cgan", tmp_path / "out", "--data", str(plain), steps=2) == 1
    assert "sub-folder for each class" in capsys.readouterr().err
    assert train("cgan", tmp_path / "out", "--data", str(sorted_), steps=2) == 0
    assert train("dcgan", tmp_path / "out", "--data", str(plain), steps=2) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"cgan-sorted", "dcgan-plain"}


def test_the_help_names_every_training_and_recipe(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    text = capsys.readouterr().out
    assert all(f"  {name} " in text for name in ("dcgan", "cgan", "pix2pix", "sr", "digits-mlp", "faces-pix2pix"))
    assert "torchrun" in text and max(map(len, text.splitlines())) < 120


def test_torchrun_trains_as_one_process_does_and_only_one_writes(tmp_path):
    assert train("pix2pix", tmp_path / "one", steps=4) == 0
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "ganlib", "train",
        "pix2pix", *SMALL, "--steps", "4", "--out", str(tmp_path / "two"),
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("wrote weights") == 1 and "2 processes" in done.stdout
    one, two = (
        load_file(tmp_path / place / "pix2pix-sketch_faces" / "checkpoint.safetensors") for place in ("one", "two")
    )
    for name in (name for name in one if name.startswith(("G.", "D."))):
        torch.testing.assert_close(one[name], two[name], atol=2e-3, rtol=1e-2)
