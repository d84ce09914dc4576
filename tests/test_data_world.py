"""Folders of pictures as users have them: what each kind of picture shows, what is left out, and what is a class."""

import shutil

import pytest
import torch
from PIL import Image
from world_pictures import WORLD

from ganlib import data


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def album(tmp_path):
    """A folder of twenty grey pictures, picture i with the grey i, in the classes 'cats' and 'dogs'."""
    for i in range(20):
        place = tmp_path / "album" / ("cats" if i < 10 else "dogs")
        place.mkdir(parents=True, exist_ok=True)
        Image.new("L", (12, 12), i).save(place / f"{i}.png")
    return tmp_path / "album"


def greys(found):
    """Return each picture's grey, 0 to 255."""
    return [round(127.5 * (float(value) + 1)) for value in found.images[:, 0, 0, 0]]


@pytest.mark.parametrize("symptom", WORLD)
def test_a_picture_shows_what_it_shows_elsewhere(tmp_path, symptom):
    make, upper, lower = WORLD[symptom]
    (tmp_path / "folder").mkdir()
    make(tmp_path / "folder" / "picture")
    found = data.load(tmp_path / "folder", "all", size=8)
    rows = (found.images[0] + 1) * 127.5
    for half, colour in ((rows[:, 0], upper), (rows[:, -1], lower)):
        expected = torch.tensor(colour, dtype=torch.float32)[:, None].expand(3, 8)
        assert (half - expected).abs().max() <= 3, (half[:, 0], colour)


def test_white_is_one_value_in_the_whole_folder(tmp_path):
    """A dark 12-bit scan beside a bright one stays dark."""
    for i, value in enumerate((4095, 200)):
        Image.new("I;16", (8, 8), value).save(tmp_path / f"{i}.png")
    assert greys(data.load(tmp_path, "all", size=4)) == [255, 12]


def hidden_folder(album):
    """Copy the first picture to where it must not count."""

    def copy(place):
        (album / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(album / "cats" / "0.png", album / place)

    return copy


@pytest.mark.parametrize(
    "place",
    [
        ".ipynb_checkpoints/0-checkpoint.png",
        "cats/.ipynb_checkpoints/0-checkpoint.png",
        "__MACOSX/cats/0.png",
        ".thumbnails/0.png",
        "@eaDir/0.png",
        "$RECYCLE.BIN/0.png",
        "System Volume Information/0.png",
        "cats/._1.png",
        "dogs/.hidden.png",
    ],
)
def test_hidden_and_system_folders_are_no_classes_and_their_pictures_do_not_count(album, place):
    hidden_folder(album)(place)
    found = data.load(album, "all", size=4)
    assert found.classes == ("cats", "dogs") and greys(found) == list(range(20))


def test_what_a_mac_leaves_beside_a_picture_refuses_nothing(album, capsys):
    (album / "cats" / "._0.png").write_bytes(b"\0\5\x16\7 Mac OS X")
    (album / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    assert len(data.load(album, "all", size=4)) == 20
    assert "left out" not in capsys.readouterr().out


def test_a_folder_inside_a_hidden_one_is_read(tmp_path, album):
    shutil.move(album, tmp_path / ".mine")
    assert len(data.load(tmp_path / ".mine", "all", size=4)) == 20


def test_classes_and_files_are_in_the_order_of_their_numbers(tmp_path):
    for label in (0, 1, 2, 10):
        (tmp_path / f"{label}").mkdir()
        for i in (2, 10):
            Image.new("L", (4, 4), 20 * label + i).save(tmp_path / f"{label}" / f"photo {i}.png")
    found = data.load(tmp_path, "all", size=4)
    assert found.classes == ("0", "1", "2", "10")
    assert found.labels.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert greys(found) == [2, 10, 22, 30, 42, 50, 202, 210]


@pytest.mark.parametrize("names", [("train", "test"), ("Train", "val"), ("training", "Validation")])
def test_train_and_test_folders_are_the_splits(tmp_path, names, capsys):
    for part, shift in zip(names, (0, 100)):
        for label, kind in enumerate(("cats", "dogs")):
            (tmp_path / part / kind).mkdir(parents=True)
            for i in range(12):
                Image.new("L", (4, 4), shift + 20 * label + i).save(tmp_path / part / kind / f"{i}.png")
    Image.new("L", (4, 4), 255).save(tmp_path / "overview.png")
    train, test, both = (data.load(tmp_path, split, size=4) for split in ("train", "test", "all"))
    expected = [*range(12), *range(20, 32)]
    assert greys(train) == expected and greys(test) == [100 + grey for grey in expected]
    assert greys(both) == greys(train) + greys(test)
    assert train.classes == test.classes == both.classes == ("cats", "dogs")
    assert train.labels.tolist() == test.labels.tolist() == [0] * 12 + [1] * 12
    assert "1 picture outside" in capsys.readouterr().out


def test_train_and_test_folders_without_classes_have_no_labels(tmp_path):
    for part in ("train", "test"):
        (tmp_path / part).mkdir()
        Image.new("L", (4, 4), len(part)).save(tmp_path / part / "1.png")
    found = data.load(tmp_path, "all", size=4)
    assert found.labels is None and greys(found) == [5, 4]


def test_a_class_called_train_is_a_class(tmp_path):
    for kind in ("bus", "train"):
        (tmp_path / kind).mkdir()
        Image.new("L", (4, 4)).save(tmp_path / kind / "1.png")
    assert data.load(tmp_path, "all", size=4).classes == ("bus", "train")


def write_bomb(path):
    """Write 14 kB that Pillow would unpack to 10,000 by 10,000 pixels."""
    Image.new("1", (10_000, 10_000)).save(path)


def link_to_nowhere(path):
    path.unlink()
    path.symlink_to(path.with_name("gone.png"))


BAD = {
    "a link that leads nowhere": (link_to_nowhere, "No such file"),
    "no picture": (lambda path: path.write_bytes(b"this is no picture"), "not a picture"),
    "an empty file": (lambda path: path.write_bytes(b""), "not a picture"),
    "cut short": (lambda path: path.write_bytes(path.read_bytes()[:-30]), "truncated"),
    "a broken PNG": (lambda path: path.write_bytes(path.read_bytes()[:20] + b"\xff" * 60), ""),
    "too many pixels": (write_bomb, "too many pixels"),
}


@pytest.mark.parametrize("kind", BAD)
def test_one_bad_file_costs_that_file_alone(album, kind, capsys):
    spoil, reason = BAD[kind]
    spoil(album / "cats" / "3.png")
    for _ in range(2):  # the second time from the cache, and as loudly
        found = data.load(album, "all", size=4)
        assert greys(found) == [i for i in range(20) if i != 3]
        assert found.labels.tolist() == [0] * 9 + [1] * 10
        said = capsys.readouterr().out
        assert "1 of 20 pictures left out" in said and "cats/3.png" in said.replace("\\", "/") and reason in said


def test_a_folder_of_which_most_is_bad_is_refused(album):
    for i in range(11):
        next(iter(album.rglob(f"{i}.png"))).write_bytes(b"bad")
    with pytest.raises(ValueError, match=r"11 of 20 pictures in .*album cannot be read \(cats.0.png: not a picture"):
        data.load(album, "all")


def test_a_folder_of_which_nothing_can_be_read_is_refused(tmp_path):
    (tmp_path / "IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    with pytest.raises(ValueError, match=r"1 of 1 picture .*IMG_1.HEIC.*JPEG or PNG"):
        data.load(tmp_path, "all")


def test_reading_shows_how_far_it_is(album, capsys):
    data.load(album, "all", size=4)
    assert "album: 20 pictures in " in capsys.readouterr().out


@pytest.mark.parametrize("size", [0, -3])
def test_a_size_that_is_none_is_refused(album, size):
    with pytest.raises(ValueError, match="at least 1 pixel"):
        data.load(album, size=size)
