"""Data sets: one shape, the restored digits, moved copies."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ganlib import data
from ganlib.data import Dataset

BLOCK = 4


@pytest.fixture(scope="module")
def digits():
    return {split: data.load("digits", split) for split in ("train", "test", "all")}


def block_counts(pictures):
    """Count the ink in each block of 4x4 pixels: (N, 1, 32, 32) -> (N, 8, 8)."""
    return torch.nn.functional.avg_pool2d(pictures, BLOCK)[:, 0] * BLOCK**2


@settings(max_examples=40, deadline=None)
@given(arrays(np.int64, (3, 8, 8), elements=st.integers(0, 16)))
def test_restore_inverts_the_block_average_exactly(counts):
    pictures = data.restore(torch.from_numpy(counts))
    assert pictures.shape == (3, 1, 32, 32) and pictures.dtype == torch.float32
    assert set(pictures.unique().tolist()) <= {0.0, 1.0}
    assert torch.equal(block_counts(pictures), torch.from_numpy(counts).float())


def test_restoring_twice_gives_the_same_picture():
    counts = torch.randint(0, 17, (5, 8, 8), generator=torch.Generator().manual_seed(0))
    once = data.restore(counts)
    assert torch.equal(once, data.restore(counts))
    assert torch.equal(data.restore(counts[2:3]), once[2:3])  # each picture stands alone


@pytest.mark.parametrize("iterations", [1, 2, 12])
def test_ink_lies_beside_ink(iterations):
    """A half-filled block next to a full one and an empty one is filled from the full one's side."""
    counts = torch.zeros(1, 8, 8)
    counts[:, :, 3], counts[:, :, 4] = 16, 8
    picture = data.restore(counts, iterations)[0, 0]
    assert picture[0].nonzero().flatten().tolist() == list(range(12, 18))
    assert (picture == picture[0]).all()


def edges(pictures):
    """Count neighbouring pixels that differ."""
    across, down = pictures.diff(dim=-1).abs().sum(), pictures.diff(dim=-2).abs().sum()
    return float(across + down)


def test_strokes_become_smooth_over_the_iterations():
    from sklearn.datasets import load_digits

    counts = torch.from_numpy(load_digits().images[:100])
    once, smooth = data.restore(counts, iterations=1), data.restore(counts)
    assert edges(smooth) < 0.98 * edges(once)


@pytest.mark.parametrize("bad", [-1.0, 17.0, 3.5, float("nan")])
def test_impossible_counts_are_refused(bad):
    counts = torch.ones(1, 8, 8)
    counts[0, 2, 3] = bad
    with pytest.raises(ValueError, match="0 to 16"):
        data.restore(counts)


def test_digits_are_sharp_and_agree_with_their_source(digits):
    from sklearn.datasets import load_digits

    source = load_digits()
    images = digits["all"].images
    assert digits["all"].image_shape == (1, 32, 32)
    assert images.dtype == torch.float32 and set(images.unique().tolist()) == {-1.0, 1.0}
    assert torch.equal(block_counts((images + 1) / 2), torch.from_numpy(source.images).float())
    assert torch.equal(digits["all"].labels, torch.from_numpy(source.target))
    assert digits["all"].classes == tuple("0123456789")


def test_the_digits_splits_are_disjoint_and_stratified(digits):
    train, test, everything = digits["train"], digits["test"], digits["all"]
    assert (len(train), len(test), len(everything)) == (1297, 500, 1797)

    def rows(part):
        return {row.tobytes() for row in part.images.flatten(1).numpy()}

    assert len(rows(everything)) == 1797  # no digit occurs twice, so that sets can be compared by content
    assert not rows(train) & rows(test)
    assert rows(train) | rows(test) == rows(everything)
    share = torch.bincount(test.labels, minlength=10) / torch.bincount(everything.labels, minlength=10)
    assert (share - 500 / 1797).abs().max() < 0.01


def test_digits_are_the_same_every_time_and_draw_no_random_number(digits):
    state = torch.get_rng_state()
    again = data.load("digits", "test")
    data.load("digits", "test").images.zero_()  # what a caller does to its own set changes nobody else's
    assert torch.equal(again.images, digits["test"].images) and torch.equal(again.labels, digits["test"].labels)
    assert torch.equal(data.load("digits", "test").images, again.images)
    assert torch.equal(torch.get_rng_state(), state)


def test_load_limits_evenly_and_resizes(digits):
    few = data.load("digits", limit=50, size=28)
    assert few.images.shape == (50, 1, 28, 28)
    assert torch.bincount(few.labels, minlength=10).min() >= 1
    assert few.images.min() >= -1 and few.images.max() <= 1
    assert torch.equal(few.labels[[0, -1]], digits["train"].labels[[0, -1]])
    assert len(data.load("digits", limit=5000)) == 1297


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"name": "cats"}, "use one of digits, mnist"),
        ({"name": "digits", "split": "valid"}, "no split 'valid'"),
        ({"name": "digits", "limit": 0}, "at least 1 image"),
        ({"name": "digits", "size": 0}, "at least 1 pixel"),
    ],
)
def test_load_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.load(**arguments)


def test_every_offline_set_is_listed_and_loads():
    assert set(data.OFFLINE) <= set(data.names())
    for name in data.OFFLINE:
        assert "offline" in data.names()[name]
        assert len(data.load(name, "test")) > 0


def tiny(n=6, channels=1, side=8, **more):
    images = torch.rand(n, channels, side, side, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return Dataset("tiny", images, torch.arange(n) % 2, ("even", "odd"), **more)


@pytest.mark.parametrize(
    "images, more, message",
    [
        (torch.zeros(3, 8, 8), {}, r"\(N, C, H, W\)"),
        (torch.zeros(3, 1, 8, 8, dtype=torch.uint8), {}, "float"),
        (torch.zeros(3, 1, 8, 8), {"labels": torch.zeros(2)}, "labels has 2 entries for 3"),
        (torch.zeros(3, 1, 8, 8), {"attributes": {"hat": torch.zeros(4)}}, "hat has 4 entries for 3"),
    ],
)
def test_a_malformed_set_is_refused(images, more, message):
    with pytest.raises(ValueError, match=message):
        Dataset("bad", images, **more)


def test_taking_keeps_labels_and_attributes_with_their_images():
    whole = tiny(attributes={"number": torch.arange(6)})
    part = whole.take(torch.tensor([4, 1]))
    assert part.labels.tolist() == [0, 1] and part.attributes["number"].tolist() == [4, 1]
    assert torch.equal(part.images, whole.images[[4, 1]])
    assert len(whole.take(whole.labels == 1)) == 3
    assert "2 images, 1x8x8, 2 classes" in repr(part)


def test_samples_are_images_of_the_set_from_the_given_stream():
    whole, state = tiny(), torch.get_rng_state()
    drawn = whole.sample(200, torch.Generator().manual_seed(3))
    assert torch.equal(drawn, whole.sample(200, torch.Generator().manual_seed(3)))
    assert torch.equal(torch.get_rng_state(), state)
    which = (drawn[:, None] == whole.images[None]).flatten(2).all(2)
    assert which.any(1).all() and which.any(0).all()  # only images of the set, and all of them


def test_resizing_averages_and_stays_in_range():
    board = torch.ones(1, 1, 8, 8)
    board[:, :, ::2, ::2] = board[:, :, 1::2, 1::2] = -1
    half = Dataset("board", board).resized(4)
    assert half.images.shape == (1, 1, 4, 4)
    assert half.images.abs().max() < 0.3  # black and white squares become grey
    assert Dataset("board", board).resized(8).images is board
    larger = Dataset("digits", board).resized(20).images
    assert larger.shape[-1] == 20 and larger.abs().max() <= 1


def point(row, column, side=16):
    images = torch.full((1, 1, side, side), -1.0)
    images[0, 0, row, column] = 1
    return Dataset("point", images, torch.tensor([7]))


def centre(images):
    """Return the centre of the ink: (N, 1, H, W) -> (N, 2) row and column."""
    ink = (images + 1)[:, 0]
    grid = torch.arange(ink.shape[1]).float()
    total = ink.sum((1, 2))
    return torch.stack([(ink.sum(2) * grid).sum(1), (ink.sum(1) * grid).sum(1)], 1) / total[:, None]


def test_moved_copies_begin_with_the_originals_and_keep_their_labels():
    whole = tiny(attributes={"number": torch.arange(6)})
    moved = data.augmented(whole, 3)
    assert len(moved) == 18 and torch.equal(moved.images[:6], whole.images)
    assert not torch.equal(moved.images[6:12], whole.images)
    assert torch.equal(moved.labels, whole.labels.repeat(3))
    assert moved.attributes["number"].tolist() == list(range(6)) * 3
    assert moved.images.min() >= -1 and moved.images.max() <= 1
    assert torch.equal(data.augmented(whole, 1).images, whole.images)


def test_moved_copies_depend_on_the_seed_alone():
    whole, state = tiny(), torch.get_rng_state()
    first, again, other = (data.augmented(whole, 4, seed=seed).images for seed in (5, 5, 6))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_shifts_go_every_way_and_no_further_than_asked():
    moved = data.augmented(point(8, 8), 400, shift=2.0, rotate=0, zoom=0)
    offset = centre(moved.images) - 8
    assert offset.abs().max() <= 2 + 1e-4
    assert (offset.min(0).values < -1.7).all() and (offset.max(0).values > 1.7).all()
    assert abs(float(torch.corrcoef(offset[1:].T)[0, 1])) < 0.2  # the axes move on their own
    assert torch.allclose((moved.images + 1).sum((1, 2, 3)), torch.tensor(2.0), atol=1e-4)  # no ink is lost


def test_turns_and_zooms_stay_within_what_was_asked():
    far, middle = point(8, 13), 7.5
    turned = centre(data.augmented(far, 300, shift=0, rotate=10, zoom=0).images) - middle
    angle = torch.atan2(turned[:, 0], turned[:, 1]) * 180 / torch.pi - float(np.degrees(np.arctan2(0.5, 5.5)))
    assert 8 < angle.max() < 11 and -11 < angle.min() < -8  # a pixel is not a point: half a degree of play
    zoomed = (centre(data.augmented(far, 300, shift=0, rotate=0, zoom=0.1).images) - middle)[:, 1] / 5.5
    assert 1.05 < zoomed.max() < 1.15 and 0.87 < zoomed.min() < 0.95


def test_what_moves_in_has_the_value_of_the_background():
    bright = Dataset("bright", torch.full((1, 1, 16, 16), 0.5))
    assert torch.allclose(data.augmented(bright, 20, fill=0.5).images, torch.tensor(0.5))
    assert data.augmented(bright, 20, shift=3, fill=-1.0).images.min() < -0.4


def test_no_copies_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        data.augmented(tiny(), 0)


def test_a_scikit_learn_without_its_digits_is_named(monkeypatch):
    from ganlib.data import digits

    for spec in (None, SimpleNamespace(origin=__file__)):
        monkeypatch.setattr(digits.importlib.util, "find_spec", lambda name, spec=spec: spec)
        with pytest.raises(FileNotFoundError, match="pip install -U scikit-learn"):
            digits._table()
