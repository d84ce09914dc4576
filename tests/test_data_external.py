"""Sets that torchvision fetches, and folders of images: with tiny made files, and never with the network."""

import gzip
import struct
import urllib.error

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image

from ganlib import data

COUNTS = {"train": 7, "t10k": 4}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of its own and no way out: whatever would be downloaded fails as without a network."""
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))

    def refuse(*arguments, **_):
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr("torchvision.datasets.mnist.download_and_extract_archive", refuse)
    monkeypatch.setattr("torchvision.datasets.cifar.download_and_extract_archive", refuse)
    monkeypatch.setattr("torchvision.datasets.celeba.download_file_from_google_drive", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)
    return tmp_path / "cache"


def idx(array):
    """Pack an array of bytes in the idx format (LeCun 1998): magic number, shape, content."""
    array = np.asarray(array, dtype=np.uint8)
    return b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def made(part, shape=(28, 28)):
    """Return the made images and labels of a split: image i is i·30 grey, but for a white corner."""
    images = np.stack([np.full(shape, 30 * i) for i in range(COUNTS[part])]).astype(np.uint8)
    images[:, 0, 0] = 255
    return images, np.arange(COUNTS[part])[::-1] % 10


@pytest.fixture
def packed(tmp_path):
    """A folder with the four files of MNIST, seven and four images long."""
    folder = tmp_path / "packed"
    folder.mkdir()
    for part in COUNTS:
        images, labels = made(part)
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    return folder


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
@pytest.mark.parametrize("split, part", [("train", "train"), ("test", "t10k")])
def test_idx_files_become_images_and_labels(packed, name, split, part):
    found = data.load(name, split, source=packed)
    images, labels = made(part)
    assert found.images.shape == (COUNTS[part], 1, 28, 28) and found.images.dtype == torch.float32
    assert torch.equal(found.images[:, 0], torch.from_numpy(images) / 127.5 - 1)
    assert found.images.min() == -1 and found.images.max() == 1
    assert found.labels.tolist() == labels.tolist() and found.labels.dtype == torch.int64
    assert len(found.classes) == 10


def test_all_is_train_and_test_together_and_limits_and_sizes_hold(packed):
    assert len(data.load("mnist", "all", source=packed)) == 11
    few = data.load("mnist", "all", source=packed, limit=3, size=32)
    assert few.images.shape == (3, 1, 32, 32) and few.labels.tolist() == [6, 1, 0]


def test_a_second_call_needs_the_source_no_more(packed):
    first = data.load("mnist", source=packed)
    assert torch.equal(data.load("mnist").images, first.images)


def test_without_a_network_the_error_names_what_works():
    with pytest.raises(data.DownloadError, match=r"load\('digits'\).*source='folder'") as caught:
        data.load("mnist")
    assert "Name or service not known" in str(caught.value)


@pytest.mark.parametrize("name", ["cifar10", "celeba"])
def test_the_other_downloads_fail_as_clearly(name):
    with pytest.raises(data.DownloadError, match=rf"{name} could not be fetched.*load\('digits'\)"):
        data.load(name)


@pytest.mark.parametrize("cut", [2, 10, 100])
def test_an_unpacked_file_cut_short_is_made_anew(packed, cache, cut):
    whole = data.load("mnist", source=packed)
    unpacked = cache / "MNIST" / "raw" / "train-images-idx3-ubyte"
    unpacked.write_bytes(unpacked.read_bytes()[:cut])
    assert torch.equal(data.load("mnist", source=packed).images, whole.images)
    unpacked.write_bytes(unpacked.read_bytes()[:cut])
    with pytest.raises(data.DownloadError, match="Name or service not known"):  # it is noticed, and fetched again
        data.load("mnist")


def test_a_damaged_archive_is_named(packed):
    archive = packed / "train-images-idx3-ubyte.gz"
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 0xFF
    archive.write_bytes(bytes(content))
    with pytest.raises(data.DownloadError, match="train-images-idx3-ubyte.gz is damaged.*fetch it again"):
        data.load("mnist", source=packed)
    archive.write_bytes(archive.read_bytes()[:-20])
    with pytest.raises(data.DownloadError, match="train-images-idx3-ubyte.gz is damaged"):
        data.load("mnist", source=packed)


def test_a_source_that_is_not_there_or_empty_is_refused(tmp_path):
    with pytest.raises(data.DownloadError, match="there is no folder"):
        data.load("mnist", source=tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    for name in ("mnist", "fashion_mnist", "cifar10", "celeba"):
        with pytest.raises(data.DownloadError, match=f"empty does not hold {name}.*it needs"):
            data.load(name, source=tmp_path / "empty")


class MadeCIFAR10:
    """Stands for torchvision's class: two images, the first red above blue."""

    classes = ["plane", "car"]

    def __init__(self, root, *, train, download):
        self.data = np.zeros((2, 32, 32, 3), dtype=np.uint8)
        self.data[0, :16, :, 0] = self.data[0, 16:, :, 2] = 255
        self.targets = [1, 0] if train else [0, 1]


def test_cifar10_becomes_channels_first(monkeypatch):
    monkeypatch.setattr(torchvision.datasets, "CIFAR10", MadeCIFAR10)
    found = data.load("cifar10")
    assert found.image_shape == (3, 32, 32) and found.labels.tolist() == [1, 0] and found.classes == ("plane", "car")
    assert (found.images[0, 0, :16] == 1).all() and (found.images[0, 2, 16:] == 1).all()
    assert (found.images[0, 1] == -1).all()
    assert data.load("cifar10", "all").labels.tolist() == [1, 0, 0, 1]


class MadeCelebA:
    """Stands for torchvision's class: 30 images of 218x178, image i with i grey, attributes i mod 2 and i mod 3."""

    attr_names = ["Even", "Third", ""]

    def __init__(self, root, *, split, download):
        self.split, self.transform = split, None

    def __len__(self):
        return 30

    def __getitem__(self, i):
        image = Image.fromarray(np.full((218, 178, 3), 8 * i, dtype=np.uint8))
        return self.transform(image), torch.tensor([int(i % 2 == 0), int(i % 3 == 0)])


def test_celeba_is_read_in_part_with_its_attributes(monkeypatch):
    monkeypatch.setattr(torchvision.datasets, "CelebA", MadeCelebA)
    found = data.load("celeba", limit=4)
    assert found.images.shape == (4, 3, 64, 64)
    numbers = [0, 10, 19, 29]
    assert torch.allclose(found.images[:, 0, 0, 0], torch.tensor(numbers) * 8 / 127.5 - 1)
    assert found.attributes["Even"].tolist() == [int(i % 2 == 0) for i in numbers]
    assert found.attributes["Third"].tolist() == [int(i % 3 == 0) for i in numbers]
    assert set(found.attributes) == {"Even", "Third"} and found.labels is None
    assert data.load("celeba", "all", size=16).images.shape == (60, 3, 16, 16)


@pytest.fixture
def album(tmp_path):
    """Twenty pictures: 'cats' (3, wide and red, with transparency) and 'dogs' (17, grey)."""
    folder = tmp_path / "album"
    for kind in ("cats", "dogs"):
        (folder / kind).mkdir(parents=True)
    for i in range(3):
        wide = Image.new("RGBA", (60, 30), (0, 0, 255, 255))
        wide.paste((255, 0, 0, 255), (15, 0, 45, 30))
        wide.save(folder / "cats" / f"{i}.png")
    for i in range(17):
        Image.new("L", (20, 20), i).save(folder / "dogs" / f"{i:02}.PNG")
    (folder / "notes.txt").write_text("not an image")
    return folder


def test_a_folder_becomes_squares_with_its_sub_folders_as_classes(album):
    found = data.load(album, "all", size=16)
    assert found.images.shape == (20, 3, 16, 16) and found.classes == ("cats", "dogs")
    assert found.labels.tolist() == [0] * 3 + [1] * 17
    red = torch.tensor([1.0, -1.0, -1.0])[:, None, None].expand(3, 16, 14)
    assert torch.equal(found.images[0, :, :, 1:-1], red)  # the middle square only: nothing of the blue sides
    assert torch.allclose(found.images[3:, 0, 0, 0], torch.arange(17) / 127.5 - 1)


def test_every_tenth_image_of_a_folder_is_the_test_split(album):
    train, test = data.load(album, "train", size=8), data.load(album, "test", size=8)
    assert (len(train), len(test)) == (18, 2)
    assert torch.allclose(test.images[:, 0, 0, 0], torch.tensor([6.0, 16.0]) / 127.5 - 1)
    assert test.classes == train.classes == ("cats", "dogs")
    assert test.labels.tolist() == [1, 1]  # a dog is 1, though no cat is in this split


def test_a_folder_is_limited_evenly(album):
    few = data.load(str(album), "all", size=8, limit=5)
    assert few.labels.tolist() == [0, 1, 1, 1, 1]
    assert torch.allclose(few.images[-1], torch.tensor(16 / 127.5 - 1))


def test_a_folder_without_sub_folders_has_no_labels(album):
    found = data.load(album / "dogs", "all", size=8)
    assert found.labels is None and found.name == "dogs"


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no images.*empty.*png"):
        data.load(tmp_path / "empty")
