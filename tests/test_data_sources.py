"""Copies of the downloaded sets in the layouts in which they go round."""

import gzip
import hashlib
import io
import os
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision

from ganlib import data

STEMS = [f"{part}-{what}" for part in ("train", "t10k") for what in ("images-idx3-ubyte", "labels-idx1-ubyte")]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of its own and no way out: whatever is not found is not fetched."""
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))

    def refuse(*_):
        raise OSError("Network is unreachable")

    monkeypatch.setattr("socket.socket.connect", refuse)
    return tmp_path / "cache"


def idx(array):
    """Pack an array of bytes in the idx format (LeCun 1998): magic number, shape, content."""
    array = np.asarray(array, dtype=np.uint8)
    return b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def arrays(grey):
    """Return made sets of 5 and 3 images in Keras's names, whose first pixel is `grey`."""
    x_train, x_test = (np.arange(n * 784, dtype=np.uint8).reshape(n, 28, 28) for n in (5, 3))
    x_train[:, 0, 0] = x_test[:, 0, 0] = grey
    return {"x_train": x_train, "y_train": np.arange(5) % 10, "x_test": x_test, "y_test": np.arange(3) + 6}


def files(grey=7):
    """Return the four files' contents by their names."""
    return dict(zip(STEMS, map(idx, arrays(grey).values())))


def put(folder, rename=lambda name: name, content=lambda content: content, grey=7):
    for name, whole in files(grey).items():
        path = folder / rename(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(whole))


def two_sets(folder, own, other):
    put(folder / own)
    put(folder / other, grey=99)


def npz(folder, name="mnist.npz", **changed):
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / name, **arrays(7) | changed)


def plain_cut_beside_packed(folder):
    """Unpacking was stopped: as torchvision's raw folder, but the unpacked files are not whole."""
    put(folder, content=lambda whole: whole[:-3])
    put(folder, "{}.gz".format, gzip.compress)


LAYOUTS = {
    "gzipped, in the folder": lambda folder: put(folder, "{}.gz".format, gzip.compress),
    "plain, in the folder": put,
    "gzipped twice by name, but unpacked by the browser": lambda folder: put(folder, "{}.gz".format),
    "with a dot, as unpackers write": lambda folder: put(folder, lambda name: name.replace("-idx", ".idx")),
    "each in a folder of its own, as Kaggle packs it": lambda folder: put(folder, lambda name: f"{name}/{name}"),
    "torchvision's root": lambda folder: put(folder / "MNIST" / "raw"),
    "torchvision's root of two sets": lambda folder: two_sets(folder, "MNIST/raw", "FashionMNIST/raw"),
    "beside a folder of another set": lambda folder: two_sets(folder, "digits", "fashion-mnist"),
    "below": lambda folder: put(folder / "downloads" / "new", "{}.gz".format, gzip.compress),
    "plain but cut, beside gzipped": plain_cut_beside_packed,
    "Keras's npz": npz,
    "Keras's npz, below": lambda folder: npz(folder / "datasets"),
    "Keras's npz with a channel": lambda folder: npz(folder, x_train=arrays(7)["x_train"][..., None]),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_mnist_is_taken_in_each_layout(tmp_path, layout):
    LAYOUTS[layout](tmp_path / "mine")
    for split, part in (("train", "train"), ("test", "test")):
        found = data.load("mnist", split, source=tmp_path / "mine")
        expected = arrays(7)
        assert torch.equal(found.images[:, 0], torch.from_numpy(expected[f"x_{part}"]) / 127.5 - 1)
        assert found.labels.tolist() == expected[f"y_{part}"].tolist()


def test_fashion_mnist_is_taken_alike(tmp_path):
    two_sets(tmp_path / "root", "FashionMNIST/raw", "MNIST/raw")
    npz(tmp_path / "keras", "fashion-mnist.npz")
    for source in ("root", "keras"):
        found = data.load("fashion_mnist", source=tmp_path / source)
        assert found.images[0, 0, 0, 0] == torch.tensor(7.0) / 127.5 - 1 and found.classes[0] == "T-shirt/top"


def test_the_npz_itself_is_a_source(tmp_path):
    npz(tmp_path, "any name.npz")
    assert len(data.load("mnist", "all", source=tmp_path / "any name.npz")) == 8


def test_another_source_is_taken_and_not_what_was_kept_of_the_first(tmp_path):
    put(tmp_path / "wrong", grey=99)
    put(tmp_path / "right")
    assert data.load("mnist", source=tmp_path / "wrong").images[0, 0, 0, 0] == torch.tensor(99.0) / 127.5 - 1
    assert data.load("mnist", source=tmp_path / "right").images[0, 0, 0, 0] == torch.tensor(7.0) / 127.5 - 1


REFUSED = {
    "no such file": (lambda folder: folder.mkdir(), "does not hold mnist.*train-images-idx3-ubyte.*or mnist.npz"),
    "one of four is missing": (
        lambda folder: put(folder) or (folder / STEMS[3]).unlink(),
        "does not hold mnist, neither itself nor below: it needs the four files",
    ),
    "two copies that differ": (lambda folder: two_sets(folder, "a", "b"), "a and .*b hold files of the same name"),
    "only another set's": (lambda folder: put(folder / "fashion_mnist"), "does not hold mnist"),
    "cut short": (lambda folder: put(folder, content=lambda whole: whole[:-3]), "idx3-ubyte is damaged"),
    "cut short, packed": (
        lambda folder: put(folder, "{}.gz".format, lambda whole: gzip.compress(whole)[:-9]),
        "idx3-ubyte.gz is damaged.*fetch it again",
    ),
    "npz of floats": (lambda folder: npz(folder, x_train=np.zeros((5, 28, 28))), "npz is damaged or of another layout"),
    "npz without labels": (lambda folder: npz(folder, y_test=np.zeros(0)), "npz is damaged or of another layout"),
    "npz of objects": (
        lambda folder: npz(folder, y_train=np.array([None] * 5, dtype=object)),
        "npz is damaged or of another layout",
    ),
    "no npz inside": (
        lambda folder: folder.mkdir() or (folder / "mnist.npz").write_bytes(b"<html>404"),
        "npz is damaged or of another layout",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_source_that_is_none_is_refused_with_what_is_missing(tmp_path, kind):
    make, message = REFUSED[kind]
    make(tmp_path / "mine")
    with pytest.raises(data.DownloadError, match=message):
        data.load("mnist", source=tmp_path / "mine")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_what_is_copied_has_the_user_s_ordinary_mode(tmp_path, cache):
    put(tmp_path / "mine")
    for path in (tmp_path / "mine").iterdir():
        path.chmod(0o400)
    before = os.umask(0o022)
    try:
        data.load("mnist", source=tmp_path / "mine")
    finally:
        os.umask(before)
    kept = [path for path in cache.rglob("*") if path.is_file()]
    assert len(kept) >= 4 and {path.stat().st_mode & 0o777 for path in kept} == {0o644}


@pytest.fixture
def cifar(monkeypatch):
    """Let torchvision expect made batches of two images each; return the files' contents by name."""
    import pickle

    cls = torchvision.datasets.CIFAR10
    names = [name for name, _ in cls.train_list + cls.test_list]
    batch = pickle.dumps({"data": np.full((2, 3072), 7, np.uint8), "labels": [1, 0]})
    made = dict.fromkeys(names, batch) | {"batches.meta": pickle.dumps({"label_names": ["plane", "car"]})}
    for listed in ("train_list", "test_list"):
        monkeypatch.setattr(cls, listed, [[n, hashlib.md5(made[n]).hexdigest()] for n, _ in getattr(cls, listed)])
    meta = cls.meta | {"md5": hashlib.md5(made["batches.meta"]).hexdigest()}
    monkeypatch.setattr(cls, "meta", meta)
    return made


def batches(folder, made):
    for name, content in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("below", [".", "cifar-10-batches-py", "downloads/cifar-10-batches-py"])
def test_cifar10_is_taken_unpacked(tmp_path, cifar, below):
    batches(tmp_path / "mine" / below, cifar)
    found = data.load("cifar10", "all", source=tmp_path / "mine")
    assert found.images.shape == (12, 3, 32, 32) and found.labels.tolist() == [1, 0] * 6


@pytest.mark.parametrize("name", ["cifar-10-python.tar.gz", "cifar-10-batches-py.tar.gz"])
def test_cifar10_is_taken_packed_as_torchvision_and_keras_call_it(tmp_path, cifar, name, monkeypatch):
    (tmp_path / "mine").mkdir()
    with tarfile.open(tmp_path / "mine" / name, "w:gz") as archive:
        for file, content in cifar.items():
            info = tarfile.TarInfo(f"cifar-10-batches-py/{file}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    md5 = hashlib.md5((tmp_path / "mine" / name).read_bytes()).hexdigest()
    monkeypatch.setattr(torchvision.datasets.CIFAR10, "tgz_md5", md5)
    assert len(data.load("cifar10", source=tmp_path / "mine")) == 10


def test_a_damaged_batch_of_cifar10_is_named(tmp_path, cifar):
    batches(tmp_path / "mine", cifar | {"data_batch_3": b"cut"})
    with pytest.raises(data.DownloadError, match="data_batch_3 is damaged, or not the official file"):
        data.load("cifar10", source=tmp_path / "mine")


class MadeCelebA:
    """Stands for torchvision's class: says where it was opened."""

    base_folder = "celeba"
    file_list = [("id", "md5", "img_align_celeba.zip"), ("id", "md5", "list_attr_celeba.txt")]
    roots = []

    def __init__(self, root, *, split, download):
        self.roots.append(Path(root))
        raise RuntimeError("stop here")


@pytest.mark.parametrize("given", ["torchvision", "torchvision/celeba"])
def test_celeba_is_read_where_it_lies(tmp_path, monkeypatch, given):
    monkeypatch.setattr(torchvision.datasets, "CelebA", MadeCelebA)
    (tmp_path / "torchvision" / "celeba" / "img_align_celeba").mkdir(parents=True)
    with pytest.raises(data.DownloadError, match="stop here"):
        data.load("celeba", source=tmp_path / given)
    assert MadeCelebA.roots.pop() == tmp_path / "torchvision"
