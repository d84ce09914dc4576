"""`python -m ganlib sample`: every shipped network that draws, and every kind of training of one's own."""

import shutil

import numpy as np
import pytest
from PIL import Image

from ganlib import pretrained
from ganlib.__main__ import main
from ganlib.recipes import OWN_DATA

NOT_DRAWING = {"digits-classifier", "faces-attributes", "faces-reader"}
SIDES = {"digits-pixelcnn": 16, "mnist-pixelcnn": 28, "scenes": 64, "faces-vae": 64}


def drawn(path):
    with Image.open(path) as sheet:
        return np.asarray(sheet)


def sample(path, *words):
    return main(["sample", *words, "--device", "cpu", "--out", str(path)])


def tiles(sheet, side):
    """Return every picture of a sheet, row by row."""
    rows = range(0, sheet.shape[0], side + 1)
    return [sheet[i : i + side, j : j + side] for i in rows for j in range(0, sheet.shape[1], side + 1)]


@pytest.mark.parametrize("name", sorted(pretrained.index()))
def test_every_shipped_network_draws_or_says_that_it_does_not(name, tmp_path, capsys):
    code = sample(tmp_path / "sheet.png", name, "--n", "4", "--seed", "3")
    said = capsys.readouterr()
    if name in NOT_DRAWING:
        assert code == 1 and said.err.count("\n") == 1 and f"{name} is not a generator" in said.err
        return
    assert code == 0 and f"wrote 4 samples of {name}" in said.out and "seed 3" in said.out
    side = next((side for kind, side in SIDES.items() if name.startswith(kind)), 32)
    pictures = tiles(drawn(tmp_path / "sheet.png"), side)
    assert len(pictures) == 4 and all(picture.std() > 20 for picture in pictures)


def test_the_seed_alone_decides(tmp_path):
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        assert sample(tmp_path / f"{name}.png", "digits-mlp", "--n", "4", "--seed", seed) == 0
    a, b, c = (drawn(tmp_path / f"{name}.png") for name in "abc")
    assert (a == b).all() and (a != c).any()


def test_one_sample_is_the_picture_alone(tmp_path, capsys):
    assert sample(tmp_path / "one.png", "digits-cgan", "--n", "1", "--label", "7") == 0
    assert drawn(tmp_path / "one.png").shape == (32, 32) and "wrote a sample of digits-cgan" in capsys.readouterr().out


def test_labels_are_obeyed_and_come_in_turn(tmp_path):
    import torch

    from ganlib.metrics import classify

    def read(*words):
        assert sample(tmp_path / "sheet.png", "digits-cgan", "--n", "20", *words) == 0
        pixels = np.stack(tiles(drawn(tmp_path / "sheet.png"), 32)[:20])
        images = torch.from_numpy(pixels)[:, None] / 127.5 - 1
        return classify(pretrained.load("digits-classifier"), images.float())[1].argmax(1)

    assert (read("--label", "7") == 7).float().mean() > 0.8
    assert (read() == torch.arange(20) % 10).float().mean() > 0.8


@pytest.mark.parametrize("words, says", [
    (["digits-cgan", "--label", "10"], "its labels go from 0 to 9"), (["digits-cgan", "--label", "-1"], "from 0 to 9"),
    (["digits-mlp", "--label", "3"], "was not taught any"), (["digits-dcgan", "--label", "3"], "was not taught any"),
    (["--from", "nowhere"], "there is no folder nowhere"), (["--from", "."], "holds no trained network"),
    (["--from", "run", "digits-mlp"], "holds dcgan-sketch_faces"),
], ids=str)  # fmt: skip
def test_what_cannot_be_drawn_is_told_in_a_sentence(words, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    if "run" in words:
        trained("dcgan", tmp_path / "out").rename(tmp_path / "run")
        capsys.readouterr()
    assert sample(tmp_path / "sheet.png", *words) == 1
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1 and not (tmp_path / "sheet.png").exists()


def trained(kind, out, *more, data="sketch_faces"):
    small = ["--data", data, "--size", "16", "--limit", "24", "--batch", "4", "--steps", "2", "--device", "cpu"]
    assert main(["train", kind, *small, "--out", str(out), *more]) == 0
    return out / f"{kind}-{data}"


@pytest.mark.parametrize("data", ["sketch_faces", "digits"])
@pytest.mark.parametrize("kind", OWN_DATA)
def test_ones_own_network_draws(kind, data, tmp_path, capsys):
    if (kind, data) == ("pix2pix", "digits"):
        pytest.skip("digits have no maps of parts")
    folder = trained(kind, tmp_path, data=data)
    label = ["--label", "3"] if kind == "cgan" else []
    for seed in ("0", "1"):
        assert sample(tmp_path / f"{seed}.png", "--from", str(folder), "--n", "4", "--seed", seed, *label) == 0
    assert f"wrote 4 samples of {kind}-{data}" in capsys.readouterr().out
    first, second = (drawn(tmp_path / f"{seed}.png") for seed in "01")
    assert first.shape[:2] == (33, 33) and (first != second).any()


@pytest.mark.parametrize("damaged", ["index.json", "settings.json"])
def test_a_damaged_run_is_told_in_a_sentence(damaged, tmp_path, capsys):
    folder = trained("sr", tmp_path)
    (folder / damaged).write_text("{")
    assert sample(tmp_path / "sheet.png", "--from", str(folder)) == 1
    assert f"{damaged} is damaged" in capsys.readouterr().err


def test_a_folder_in_the_pictures_place_is_told(tmp_path, capsys):
    shutil.copytree(tmp_path, tmp_path / "sheet.png", ignore=lambda *_: ["sheet.png"])
    assert sample(tmp_path / "sheet.png", "digits-mlp", "--n", "2") == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "sheet.png" in error
