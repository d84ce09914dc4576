"""What a training shows: films; and the schedules of its rates."""

import numpy as np
import pytest
import torch
from tiny_gan import SHAPE, tiny_training

from ganlib.models import generate
from ganlib.pictures import to_uint8
from ganlib.train import Film, constant, constant_then_linear


@pytest.fixture(scope="module")
def filmed():
    """A film of 20 steps, with what it should hold noted beside it."""
    training = tiny_training(batch_norm_G=True)
    film = Film(torch.randn(6, 3, generator=torch.Generator().manual_seed(0)), every=5, curve_every=2)
    film.begin(training.best_G)
    pictures, losses = [to_uint8(generate(training.G, film.z)).numpy()], []
    for step in training.run(20):
        film.record(step, training.best_G)
        if step.number % 5 == 0:
            pictures.append(to_uint8(generate(training.G, film.z)).numpy())
        if step.number % 2 == 0:
            losses.append((float(step.loss_D), float(step.loss_G), step.accuracy_D))
    return film, pictures, losses


def test_a_film_holds_pictures_and_curves_of_the_right_steps(filmed):
    film, pictures, losses = filmed
    assert film.steps == [0, 5, 10, 15, 20] and len(film) == 5
    assert film.images.shape == (5, 6, *SHAPE) and film.images.dtype == np.uint8
    assert np.array_equal(film.images, np.stack(pictures))
    assert not np.array_equal(film.images[0], film.images[-1])
    assert film.curve_steps == list(range(2, 21, 2))
    assert list(zip(film.curves["loss_D"], film.curves["loss_G"], film.curves["accuracy_D"])) == losses


def test_a_film_comes_back_from_disk(filmed, tmp_path):
    film = filmed[0]
    loaded = Film.load(film.save(tmp_path / "film.npz"))
    assert [path.name for path in tmp_path.iterdir()] == ["film.npz"]
    assert np.array_equal(loaded.images, film.images) and torch.equal(loaded.z, film.z)
    assert (loaded.steps, loaded.curve_steps, loaded.every, loaded.curve_every) == (film.steps, film.curve_steps, 5, 2)
    for name, values in film.curves.items():
        assert loaded.curves[name] == pytest.approx(values, rel=1e-6)


def damaged(content: bytes, kind: str) -> bytes:
    return {"truncated": content[: len(content) // 2], "empty": b"", "text": b"a film"}[kind]


@pytest.mark.parametrize("kind", ["truncated", "empty", "text"])
def test_a_damaged_film_is_refused(filmed, tmp_path, kind):
    path = filmed[0].save(tmp_path / "film.npz")
    path.write_bytes(damaged(path.read_bytes(), kind))
    with pytest.raises(ValueError, match="film.npz is not a film, or is damaged"):
        Film.load(path)


def test_a_film_with_changed_pictures_is_refused(filmed, tmp_path):
    path = filmed[0].save(tmp_path / "film.npz")
    content = bytearray(path.read_bytes())
    start = content.index(b"images.npy") + 60
    content[start] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(ValueError, match="damaged"):
        Film.load(path)


def test_other_files_are_no_films(tmp_path):
    with pytest.raises(FileNotFoundError):
        Film.load(tmp_path / "nowhere.npz")
    np.savez(tmp_path / "other.npz", numbers=np.arange(3))
    with pytest.raises(ValueError, match="is not a film"):
        Film.load(tmp_path / "other.npz")
    np.savez(tmp_path / "code.npz", z=np.array([Trap(tmp_path / "sprung")], dtype=object))
    with pytest.raises(ValueError, match="is not a film"):
        Film.load(tmp_path / "code.npz")
    assert not (tmp_path / "sprung").exists()


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_schedules_at_their_corners():
    falling = constant_then_linear(100, start=0.5, end=0.2)
    assert [falling(step) for step in (0, 50, 75, 100, 200)] == pytest.approx([1, 1, 0.6, 0.2, 0.2])
    assert [constant_then_linear(10, start=0)(step) for step in (0, 5, 10)] == pytest.approx([1, 0.5, 0])
    assert constant(0) == constant(10**6) == 1
    for wrong in ({"steps": 0}, {"steps": 10, "start": 1.0}, {"steps": 10, "start": -0.1}):
        with pytest.raises(ValueError, match="steps >= 1"):
            constant_then_linear(**wrong)
