"""Sketch faces: the same everywhere, attributes that are drawn, masks that are where the details are."""

import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ganlib import data
from ganlib.data import Dataset, augmented, sketch_faces
from ganlib.data.sketch_faces import DETAILS, NAMES, PARTS, RANGES, change, draw, sample
from ganlib.data.sketch_faces.attributes import CHOICES
from ganlib.pictures import to_uint8

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="module")
def faces():
    return data.load("sketch_faces", limit=300)


def checksum(found: Dataset) -> str:
    """Digest all that is drawn of a set: the floats of the images, the parts, the masks."""
    digest = hashlib.sha256()
    for tensor in (found.images, found.segments, *found.masks.values()):
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def share(name: str, choice: str, man: int) -> float:
    """Return how often a choice should come, given the presentation."""
    weights = [weight[man] if isinstance(weight, tuple) else weight for weight in CHOICES[name].values()]
    return weights[NAMES[name].index(choice)] / sum(weights)


@pytest.mark.parametrize("size, wanted", [(32, "f34464c05bf0e9cf"), (64, "a6ef3008ee9a11ca")])
def test_the_pictures_are_the_same_to_the_last_bit_on_every_machine(size, wanted):
    """The digests were made with NumPy 1.26, 2.0 and 2.4, and with SIMD code switched off: one digest each."""
    assert checksum(data.load("sketch_faces", size=size, limit=40, seed=5)) == wanted


def test_random_numbers_are_the_same_beyond_the_first_block():
    assert hashlib.sha256(sample(300, seed=5)["jitter"].tobytes()).hexdigest()[:16] == "5a563734996702f5"


def test_faces_have_the_course_shape(faces):
    assert faces.images.shape == (300, 3, 64, 64) and faces.images.dtype == torch.float32
    assert -1 <= faces.images.min() < -0.7 and 0.95 < faces.images.max() <= 1
    assert torch.equal(to_uint8(faces.images).float() / 127.5 - 1, faces.images), "256 levels, no more"
    assert faces.segments.shape == (300, 64, 64) and faces.segments.dtype == torch.uint8
    assert faces.parts == PARTS and faces.segments.unique().tolist() == list(range(len(PARTS)))
    assert tuple(faces.masks) == DETAILS and all(mask.dtype == torch.bool for mask in faces.masks.values())
    assert set(faces.attributes) == {*CHOICES, *RANGES, "jitter"} and faces.names == NAMES
    woman_or_man, glasses = faces.attributes["presentation"], faces.attributes["glasses"] > 0
    for label, name in enumerate(faces.classes):
        which = faces.labels == label
        assert which.any() and (woman_or_man[which] == name.startswith("man")).all()
        assert (glasses[which] == ("glasses" in name)).all()


def test_the_first_faces_do_not_hang_on_how_many_there_are(faces):
    few = data.load("sketch_faces", limit=7)
    assert checksum(few) == checksum(faces.take(torch.arange(7)))
    assert len(data.load("sketch_faces", "all", limit=12, size=16)) == 12
    assert np.array_equal(sample(300)["jitter"], sample(600)["jitter"][:300])


def test_splits_and_seeds_share_no_face():
    def rows(found):
        return {row.tobytes() for row in found.images.flatten(1).numpy()}

    train, test = data.load("sketch_faces", limit=200, size=16), data.load("sketch_faces", "test", limit=200, size=16)
    other = data.load("sketch_faces", limit=200, size=16, seed=1)
    assert len(rows(train) | rows(test) | rows(other)) == 600, "every face is drawn once"
    whole = data.load("sketch_faces", "all", limit=240, size=16)
    assert rows(whole) == rows(train) | rows(test.take(torch.arange(40)))


def test_drawing_needs_no_global_random_state():
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    data.load("sketch_faces", limit=3, size=16)
    assert torch.equal(before[0], torch.get_rng_state()) and np.array_equal(before[1], np.random.get_state()[1])


def test_attributes_are_all_there_is_to_a_face(faces):
    again = draw(faces.attributes, 64)
    assert checksum(again) == checksum(faces) and torch.equal(again.labels, faces.labels)
    one = {name: values[11:12] for name, values in faces.attributes.items()}
    assert torch.equal(draw(one, 64).images[0], faces.images[11]), "a face hangs on no other face of its batch"


def test_both_sizes_show_the_same_faces(faces):
    small = data.load("sketch_faces", size=32, limit=300)
    averaged = F.avg_pool2d(faces.images, 2)
    error = (small.images - averaged).abs().mean(dim=(1, 2, 3))
    assert error.max() < 0.04
    others = (small.images - averaged.roll(1, dims=0)).abs().mean(dim=(1, 2, 3))
    assert (error * 3 < others).all(), "each is nearer to itself than to its neighbour"
    agree = small.segments == faces.segments[:, ::2, ::2]
    assert agree.float().mean() > 0.92
    for name, mask in faces.masks.items():
        missed = small.masks[name] & ~F.max_pool2d(mask[:, None].float(), 4, 2, 1)[:, 0].bool()
        assert missed.sum() < 0.01 * small.masks[name].sum(), f"{name} lie in the same places at half the size"


def test_choices_come_as_often_as_the_table_says_and_depend_on_presentation_only():
    drawn, count = sample(20_000, seed=3), 20_000
    for man in (0, 1):
        which = drawn["presentation"] == man
        for name in CHOICES:
            for value, choice in enumerate(NAMES[name]) if name != "presentation" else ():
                wanted, got = share(name, choice, man), (drawn[name][which] == value).mean()
                assert abs(got - wanted) <= 4.5 * (wanted * (1 - wanted) / which.sum()) ** 0.5, (name, choice, man)
        rest = [name for name in (*CHOICES, *RANGES) if name != "presentation"]
        columns = np.stack([drawn[name][which] for name in rest])
        columns = columns[columns.std(axis=1) > 0]
        between = np.corrcoef(columns) - np.eye(len(columns))
        assert abs(between).max() < 5 / (count / 2) ** 0.5, "given the presentation, all are independent"
    beards = drawn["beard"][drawn["presentation"] == 0]
    assert (beards == 0).all()


def test_ranges_are_filled_evenly():
    drawn = sample(20_000, seed=4)
    for name, span in RANGES.items():
        for man in (0, 1):
            low, high = span if not isinstance(span[0], tuple) else span[man]
            values = (drawn[name][drawn["presentation"] == man] - low) / (high - low)
            assert values.min() >= 0 and values.max() <= 1
            assert abs(np.histogram(values, 10, (0, 1))[0] / len(values) - 0.1).max() < 0.02, name


@pytest.mark.parametrize("part, attribute", [("glasses", "glasses"), ("hat", "hat"), ("earrings", "earrings")])
def test_what_is_worn_is_in_the_map_of_parts(faces, part, attribute):
    pixels = (faces.segments == PARTS.index(part)).flatten(1).sum(dim=1)
    worn = faces.attributes[attribute] > 0
    assert (pixels[~worn] == 0).all() and (pixels[worn] > 3).all()


def test_eyes_nose_and_mouth_are_where_faces_have_them(faces):
    def middle(*names):
        which = torch.stack([faces.segments == PARTS.index(name) for name in names]).any(0).float()
        assert (which.flatten(1).sum(1) > 0).float().mean() > 0.99, names
        return (which.sum(2) * torch.arange(64.0)).sum(1) / which.sum((1, 2))

    eyes, nose, mouth = middle("eyes", "irises"), middle("nose"), middle("mouth", "teeth")
    seen = ~(eyes.isnan() | nose.isnan() | mouth.isnan())
    assert ((eyes < nose) & (nose < mouth))[seen].all()


def test_glasses_change_the_glasses_and_nothing_else(faces):
    bare, worn = change(faces, glasses="none"), change(faces, glasses="round")
    for name in faces.attributes:
        assert name == "glasses" or torch.equal(bare.attributes[name], worn.attributes[name])
    differs = (bare.images != worn.images).any(dim=1)
    frames = worn.segments == PARTS.index("glasses")
    assert differs.flatten(1).any(dim=1).all()
    rows = differs.any(dim=2).float().argmax(dim=1)
    assert (rows > 14).all()
    wide = F.max_pool2d(frames[:, None].float(), 15, 1, 7)[:, 0].bool()
    assert not (differs & ~wide).any(), "only the lenses and around the frames"


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("size", [32, 64])
def test_masks_are_where_the_details_are(faces, detail, size):
    first = {name: values[:120] for name, values in faces.attributes.items()}
    without, with_ = (draw({**first, detail: torch.full((120,), value)}, size) for value in (0, 1))
    mask = with_.masks[detail]
    assert not without.masks[detail].any()
    differs = (with_.images - without.images).abs().amax(dim=1)
    near = F.max_pool2d(mask[:, None].float(), 5, 1, 2)[:, 0].bool()
    assert (differs[~near] > 0.2).sum() < 12, "hardly a pixel changes far from the mask (0.2 is a tenth of the range)"
    assert (differs[mask] > 2 / 255).float().mean() > 0.9, "where the mask is, the picture changes"
    hidden = {"freckles": 0.02, "wrinkles": 0.02, "strands": 0.35}[detail]  # by hats; and shaved heads have none
    assert (mask.flatten(1).sum(1) == 0).float().mean() <= hidden


def test_what_makes_a_face_can_be_read_off_its_pixels():
    """A linear readout of raw 32×32 pixels, which knows nothing of faces, finds what the attributes say."""
    train, test = (data.load("sketch_faces", split, size=32, limit=n) for split, n in (("train", 1500), ("test", 500)))
    x, mean = train.images.flatten(1), train.images.flatten(1).mean(0)
    kernel = (x - mean) @ (x - mean).T + 300 * torch.eye(len(x))
    read = (test.images.flatten(1) - mean) @ (x - mean).T
    for name, accuracy in {"presentation": 0.88, "glasses": 0.94, "hat": 0.92, "mouth_open": 0.9}.items():
        wanted = (train.attributes[name] > 0).float() * 2 - 1
        found = read @ torch.linalg.solve(kernel, wanted - wanted.mean()) + wanted.mean() > 0
        assert (found == (test.attributes[name] > 0)).float().mean() > accuracy, name


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"monocle": 1}, "no attribute 'monocle': use one of presentation"),
        ({"glasses": "pink"}, "glasses can't be 'pink': use none, round, square"),
        ({"smile": "wide"}, "smile can't be 'wide': use a number"),
        ({"hat": 9}, "hat must be from 0 to 4: none, beanie"),
        ({"smile": torch.zeros(2)}, r"smile must have the shape \(3,\)"),
    ],
)
def test_impossible_changes_are_refused(faces, changes, message):
    with pytest.raises(ValueError, match=message):
        change(faces.take(torch.arange(3)), **changes)


def test_drawing_says_what_is_missing():
    with pytest.raises(ValueError, match="attributes lack presentation, .*start from sample"):
        draw({"smile": torch.zeros(2)})
    with pytest.raises(ValueError, match="from 16 to 256"):
        data.load("sketch_faces", size=8, limit=1)
    with pytest.raises(ValueError, match="not 0"):
        data.load("sketch_faces", size=0, limit=1)
    with pytest.raises(ValueError, match="seed is for the drawn sets"):
        data.load("digits", seed=1)


def test_maps_and_masks_go_where_their_images_go(faces):
    which = torch.tensor([5, 2])
    part = faces.take(which)
    assert torch.equal(part.segments, faces.segments[which]) and part.names == NAMES and part.parts == PARTS
    assert torch.equal(part.masks["freckles"], faces.masks["freckles"][which])
    half = part.resized(32)
    assert half.segments.shape == (2, 32, 32) and half.segments.dtype == torch.uint8
    assert set(half.segments.unique().tolist()) <= set(part.segments.unique().tolist())
    assert torch.equal(half.masks["strands"], F.max_pool2d(part.masks["strands"].float(), 2).bool())
    moved = part.to("meta")
    assert {moved.segments.device.type, moved.masks["wrinkles"].device.type} == {"meta"}
    copies = augmented(part, 2)
    assert copies.segments is None and copies.masks == {}


@pytest.mark.parametrize("what", ["segments", "masks"])
def test_maps_of_another_size_are_refused(what):
    images, wrong = torch.zeros(2, 3, 8, 8), torch.zeros(2, 4, 4, dtype=torch.uint8)
    with pytest.raises(ValueError, match="as high and wide as the images"):
        Dataset("bad", images, **{what: wrong if what == "segments" else {"hair": wrong}})


@pytest.mark.parametrize("name", ["sketch_faces", "detail_scenes"])
def test_contact_sheets_are_written(name):
    from PIL import Image

    from tools.preview import CHANGES, preview

    out = ROOT / "test-artefacts"
    preview(name, out, scale=1)
    side = 8 * 65 - 1
    endings = ("", "_parts", "_masks", "_changes") if name == "sketch_faces" else ("", "_parts", "_masks")
    for ending in endings:
        with Image.open(out / f"{name}{ending}.png") as sheet:
            assert sheet.size == (side, side if ending != "_changes" else len(CHANGES) * 65 - 1)
            assert len(sheet.convert("RGB").getcolors(1 << 24)) > 5
    assert sketch_faces.SIZES == {"train": 10_000, "test": 2_000}
