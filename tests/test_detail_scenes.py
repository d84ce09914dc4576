"""Detail scenes: the same everywhere, letters that can be read back, things that are where they are said to be."""

import hashlib

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ganlib import data
from ganlib.data import detail_scenes
from ganlib.data.detail_scenes import (
    DETAILS,
    GLYPHS,
    HIGH,
    LETTERS,
    NAMES,
    PARTS,
    STEP,
    WIDE,
    change,
    draw,
    patches,
    read,
)
from ganlib.data.detail_scenes.attributes import CHOICES, sample


@pytest.fixture(scope="module")
def scenes():
    return data.load("detail_scenes", limit=300)


def checksum(found):
    """Digest all that is drawn of a set: the floats of the images, the parts, the masks."""
    digest = hashlib.sha256()
    for tensor in (found.images, found.segments, *found.masks.values()):
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def spell(images: torch.Tensor, corners: torch.Tensor, letters: int) -> torch.Tensor:
    """Read a line of `letters` letters at known places: the glyph that fits best, (N, letters) codes.

    Ink and paper may be any two colours: what counts is the correlation with the glyph, whichever its sign.
    """
    glyphs = torch.from_numpy(GLYPHS[:-1]).flatten(1)
    glyphs = F.normalize(glyphs - glyphs.mean(1, keepdim=True))
    codes = []
    for place in range(letters):
        cell = patches(images, corners + torch.tensor([STEP * place, 0]), HIGH, WIDE).mean(1).flatten(1)
        codes.append((F.normalize(cell - cell.mean(1, keepdim=True)) @ glyphs.T).abs().argmax(1))
    return torch.stack(codes, dim=1)


def test_the_pictures_are_the_same_to_the_last_bit_on_every_machine():
    """The digest was made with NumPy 1.26, 2.0 and 2.4, and with SIMD code switched off: the same each time."""
    assert checksum(data.load("detail_scenes", limit=40, seed=5)) == "42b32d192a5058ba"


def test_scenes_have_the_course_shape(scenes):
    assert scenes.images.shape == (300, 3, 64, 64) and scenes.images.dtype == torch.float32
    assert scenes.images.min() >= -1 and scenes.images.max() <= 1
    assert scenes.classes == NAMES["sky"] and torch.equal(scenes.labels, scenes.attributes["sky"])
    assert scenes.parts == PARTS and scenes.segments.unique().tolist() == list(range(len(PARTS)))
    assert tuple(scenes.masks) == DETAILS and all(mask.any() for mask in scenes.masks.values())
    few = data.load("detail_scenes", limit=7)
    assert checksum(few) == checksum(scenes.take(torch.arange(7))), "the first ones are always the same"


def test_splits_and_seeds_share_no_scene():
    found = [
        data.load("detail_scenes", limit=60),
        data.load("detail_scenes", "test", limit=60),
        data.load("detail_scenes", limit=60, seed=1),
    ]
    assert len({row.tobytes() for part in found for row in part.images.flatten(1).numpy()}) == 180


def test_attributes_are_all_there_is_to_a_scene(scenes):
    assert checksum(draw(scenes.attributes)) == checksum(scenes)
    one = {name: values[11:12] for name, values in scenes.attributes.items()}
    assert torch.equal(draw(one).images[0], scenes.images[11]), "a scene hangs on no other scene of its batch"


def test_the_letters_are_told_apart():
    glyphs = GLYPHS[:-1]
    assert glyphs.shape == (26, HIGH, WIDE) and len(LETTERS) == 26 and not GLYPHS[-1].any()
    between = np.abs(glyphs[:, None] - glyphs[None]).sum((2, 3)) + 99 * np.eye(26)
    assert between.min() >= 3, "every two letters differ in at least three pixels"
    assert read(torch.tensor([2, 0, 19, -1, -1])) == "CAT"


def test_every_letter_of_every_sign_can_be_read_back(scenes):
    signs, corners = scenes.attributes["sign_text"], scenes.attributes["sign_xy"]
    for letters in (3, 4, 5):
        which = (signs >= 0).sum(1) == letters
        found = spell(scenes.images[which], corners[which], letters)
        # Somebody's head or a jar's lid may stand before a sign's lower edge, never before its letters.
        assert torch.equal(found, signs[which, :letters])
    assert sorted(set((signs >= 0).sum(1).tolist())) == [3, 4, 5]


def test_every_label_can_be_read_back(scenes):
    texts, corners = scenes.attributes["label_text"], scenes.attributes["label_xy"]
    for place, slot in enumerate(("left", "middle", "right")):
        jar = scenes.attributes[slot] == NAMES[slot].index("jar")
        assert torch.equal(jar, (texts[:, place] >= 0).all(1)) and jar.any()
        assert (corners[~jar, place] == -1).all()
        assert torch.equal(spell(scenes.images[jar], corners[jar, place], 2), texts[jar, place])


def test_the_text_mask_covers_the_letters_cells(scenes):
    letters = (scenes.attributes["sign_text"] >= 0).sum(1) + (scenes.attributes["label_text"] >= 0).sum((1, 2))
    assert torch.equal(scenes.masks["text"].sum((1, 2)), letters * HIGH * WIDE)


def test_letters_and_choices_come_as_often_as_they_should():
    drawn, count = sample(20_000, seed=3), 20_000
    for name, weights in CHOICES.items():
        for value, weight in enumerate(weights.values()):
            wanted = weight / sum(weights.values())
            assert abs((drawn[name] == value).mean() - wanted) < 4.5 * (wanted / count) ** 0.5, (name, value)
    for text in (drawn["sign_text"], drawn["label_text"]):
        counts = np.bincount(text[text >= 0], minlength=26)
        assert abs(counts / counts.mean() - 1).max() < 4.5 / counts.mean() ** 0.5, "no letter is commoner than others"
    columns = np.stack([drawn[name] for name in CHOICES] + [drawn["sign_text"][:, k] for k in range(3)])
    assert abs(np.corrcoef(columns) - np.eye(len(columns))).max() < 5 / count**0.5, "all choices are independent"


@pytest.mark.parametrize("places, mask", [("bird_xy", "birds"), ("leaf_xy", "leaves"), ("window_xy", "windows")])
def test_things_are_where_they_are_said_to_be(scenes, places, mask):
    xy = scenes.attributes[places]
    shown = xy[..., 0] >= 0
    assert shown.any() and (xy[~shown] == -1).all()
    n, k = shown.nonzero(as_tuple=True)
    x, y = xy[n, k].floor().long().T
    assert scenes.masks[mask][n, y, x].all()
    near = torch.zeros_like(scenes.masks[mask])
    near[n, y, x] = True
    near = F.max_pool2d(near[:, None].float(), 11, 1, 5)[:, 0].bool()
    stray = scenes.masks[mask] & ~near
    assert stray.sum() < 0.03 * scenes.masks[mask].sum(), "and hardly anything of them lies elsewhere"


def test_a_thing_that_is_hidden_has_no_place(scenes):
    sign = scenes.segments == PARTS.index("sign")
    xy = scenes.attributes["window_xy"]
    n, k = (xy[..., 0] >= 0).nonzero(as_tuple=True)
    x, y = xy[n, k].floor().long().T
    assert not sign[n, y, x].any(), "no window shines through a sign"
    all_windows = detail_scenes.far.window_places(scenes.attributes["jitter"].numpy())
    assert (all_windows[..., 0] >= 0).sum() > len(n)


def test_birds_can_be_counted_and_taken_away(scenes):
    seen = (scenes.attributes["bird_xy"][..., 0] >= 0).sum(1)
    assert torch.equal(seen, scenes.attributes["birds"].sum(1)), "nothing hides a bird"
    without = change(scenes, birds=0)
    assert not without.masks["birds"].any()
    differs = (without.images != scenes.images).any(1)
    near = F.max_pool2d(scenes.masks["birds"][:, None].float(), 3, 1, 1)[:, 0].bool()
    assert differs[scenes.masks["birds"]].all() and not (differs & ~near).any()


@pytest.mark.parametrize(
    "mask, holds",
    [
        ("lace", lambda known: known["cloth"] == 0),
        ("weave", lambda known: (torch.stack([known[k] for k in ("left", "middle", "right")]) == 1).any(0)),
        ("hair", lambda known: (torch.stack([known[k] for k in ("left", "middle", "right")]) == 3).any(0)),
        ("leaves", lambda known: known["tree"] > 0),
    ],
)
def test_a_texture_is_there_when_its_thing_is(scenes, mask, holds):
    assert torch.equal(scenes.masks[mask].flatten(1).any(1), holds(scenes.attributes))


@pytest.mark.parametrize("mask", ["text", "lace", "weave", "hair", "windows", "leaves", "birds"])
def test_details_are_finer_than_what_surrounds_them(scenes, mask):
    """Inside its mask, a detail steps far more from pixel to pixel than the sky does, its moon and clouds included."""
    grey = scenes.images.mean(1)
    steps = (grey.diff(dim=2)[:, :-1].abs() + grey.diff(dim=1)[..., :-1].abs()) / 2
    inside = scenes.masks[mask][:, :-1, :-1]
    sky = (scenes.segments == PARTS.index("sky"))[:, :-1, :-1] & ~scenes.masks["birds"][:, :-1, :-1]
    assert steps[inside].mean() > 2.5 * steps[sky].mean()


def test_resized_scenes_know_their_places_in_pixels(scenes):
    small = data.load("detail_scenes", size=32, limit=20)
    assert small.images.shape == (20, 3, 32, 32) and small.segments.shape == (20, 32, 32)
    xy, large = small.attributes["sign_xy"], scenes.attributes["sign_xy"][:20]
    assert torch.equal(xy * 2, large)
    hidden = scenes.attributes["bird_xy"][:20, :, 0] < 0
    assert (small.attributes["bird_xy"][hidden] == -1).all()


def test_patches_are_cut_where_they_should_be():
    images = torch.arange(2 * 3 * 8 * 8.0).reshape(2, 3, 8, 8)
    cut = patches(images, torch.tensor([[1.0, 2.0], [4.6, 0.0]]), 3, 2)
    assert torch.equal(cut[0], images[0, :, 2:5, 1:3]) and torch.equal(cut[1], images[1, :, 0:3, 5:7])
    with pytest.raises(ValueError, match="beyond its image"):
        patches(images, torch.tensor([[1.0, 2.0], [7.0, 0.0]]), 3, 2)
    with pytest.raises(ValueError, match="beyond its image"):
        patches(images, torch.tensor([[-1.0, -1.0], [1.0, 0.0]]), 3, 2)


def test_impossible_changes_are_refused(scenes):
    one = scenes.take(torch.tensor([0]))
    with pytest.raises(ValueError, match="sky can't be 'green': use morning, noon, dusk, night"):
        change(one, sky="green")
    with pytest.raises(ValueError, match="there is no attribute 'dragons'"):
        change(one, dragons=3)
    with pytest.raises(ValueError, match="attributes lack sky"):
        draw({"tree": torch.zeros(1)})
