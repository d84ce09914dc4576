"""Copies of the downloaded sets that users already have, in the layouts in which they go round."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

import numpy as np

from ganlib.data import idx
from ganlib.data.disk import DownloadError, copy_whole, write_whole

PARTS = {"train": "train", "t10k": "test"}
IDX = re.compile(r"(train|t10k)-(images|labels)[-.]idx[13]-ubyte(\.gz)?", re.IGNORECASE)
BUILT_ALIKE = {"mnist", "fashionmnist", "kmnist", "qmnist", "emnist"}  # sets whose files have the same names
CIFAR_ARCHIVES = ("cifar-10-python.tar.gz", "cifar-10-batches-py.tar.gz")  # the second is Keras's name for the first


def place(source: Path, name: str, cls, root: Path) -> Path:
    """Put the files of a set that lie in `source`, or below it, where torchvision looks for them; return its root.

    MNIST and the sets built alike: four idx files, packed or not, or an .npz as Keras has it. Many copies are packed
    otherwise than the official one: so the content is checked, not the MD5. CIFAR-10: its archive, or the unpacked
    batches. CelebA: torchvision's own folder is used where it lies, single files are copied.

    Raises:
        DownloadError: if the files are not there, are damaged, or are not clearly those of one set.
    """
    source = source.expanduser()
    if not source.exists():
        raise DownloadError(f"there is no folder {source}: source must hold the files that a download would fetch")
    if name == "celeba":
        return _place_celeba(source, cls, root)
    if name == "cifar10":
        return _place_cifar(source, cls, root)
    raw = root / cls.__name__ / "raw"
    for stem, content in (_idx_files(source, name) or _npz(source, name) or _nothing(source, name)).items():
        write_whole(raw / stem, content)
    return root


def _nothing(source: Path, name: str):
    raise DownloadError(
        f"{source} does not hold {name}, neither itself nor below: it needs the four files "
        f"train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (each "
        f"may end in .gz), or {name}.npz"
    )


def _plain(name: str) -> str:
    """Return a set's name without what people write differently: Fashion-MNIST, fashion_mnist."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _idx_files(source: Path, name: str) -> dict[str, bytes]:
    """Return the four files' contents by torchvision's names, or nothing if not all are there.

    In a folder that holds several sets, those below a folder with the set's own name count; those below another's not.
    """
    found: dict[str, dict[Path, list[Path]]] = {}
    for path in sorted(source.rglob("*")) if source.is_dir() else ():
        if (match := IDX.fullmatch(path.name)) and path.is_file():
            part, what = match[1].lower(), match[2].lower()
            stem = f"{part}-{what}-idx{3 if what == 'images' else 1}-ubyte"
            found.setdefault(stem, {}).setdefault(path.parent, []).append(path)
    chosen = {stem: _one_place(source, name, places) for stem, places in found.items()}
    if len(chosen) < 4 or not all(chosen.values()):
        return {}
    return {stem: _first_whole(paths) for stem, paths in chosen.items()}


def _one_place(source: Path, name: str, places: dict[Path, list[Path]]) -> list[Path]:
    """Return the files in the one folder that is meant.

    Raises:
        DownloadError: if several may be meant.
    """

    def sets(place: Path) -> set[str]:
        names = {_plain(part) for part in place.relative_to(source).parts}
        return {"fashionmnist" if name == "fashion" else name for name in names} & BUILT_ALIKE

    if source in places:
        return places[source]
    own = [place for place in places if _plain(name) in sets(place)] or [place for place in places if not sets(place)]
    if len(own) > 1:
        raise DownloadError(f"{' and '.join(map(str, own))} hold files of the same name: say which folder is {name}'s")
    return places[own[0]] if own else []


def _first_whole(paths: list[Path]) -> bytes:
    """Return the content of the first of several copies that is whole."""
    for path in paths[:-1]:
        try:
            return idx.read(path)
        except DownloadError:
            continue
    return idx.read(paths[-1])


def _npz(source: Path, name: str) -> dict[str, bytes]:
    """Return what an .npz of Keras's layout holds as the four files' contents, or nothing if there is none."""
    paths = [source] if source.is_file() else sorted(source.rglob("*.npz"))
    path = next((path for path in paths if source.is_file() or _plain(path.stem) == _plain(name)), None)
    if path is None:
        return {}
    contents = {}
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for part, own in PARTS.items():
                images, labels = arrays[f"x_{own}"], arrays[f"y_{own}"]
                images, labels = images.reshape(-1, 28, 28), labels.reshape(len(images))
                if images.dtype != np.uint8 or labels.min() < 0 or labels.max() > 9:
                    raise ValueError("images must be bytes, labels 0 to 9")
                contents[f"{part}-images-idx3-ubyte"] = idx.packed(images)
                contents[f"{part}-labels-idx1-ubyte"] = idx.packed(labels.astype(np.uint8))
    except (OSError, ValueError, KeyError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DownloadError(
            f"{path} is damaged or of another layout ({error}): it needs x_train, y_train, x_test and y_test, that is "
            "images of 28x28 bytes and their labels"
        ) from error
    return contents


def _place_cifar(source: Path, cls, root: Path) -> Path:
    """Copy the batches, or the archive from which torchvision unpacks them; both have official checksums."""
    batches = dict([*cls.train_list, *cls.test_list, (cls.meta["filename"], cls.meta["md5"])])
    below = [path for path in sorted(source.rglob("*")) if path.is_file()] if source.is_dir() else [source]
    for path in below:
        if path.name in CIFAR_ARCHIVES:
            _copy(path, root / cls.filename, cls.tgz_md5)
            return root
    for path in below:
        if path.name == "data_batch_1" and all((path.parent / batch).is_file() for batch in batches):
            for batch, md5 in batches.items():
                _copy(path.parent / batch, root / cls.base_folder / batch, md5)
            return root
    raise DownloadError(
        f"{source} does not hold cifar10, neither itself nor below: it needs {CIFAR_ARCHIVES[0]}, or the folder "
        f"{cls.base_folder} with data_batch_1 to 5, test_batch and batches.meta"
    )


def _copy(path: Path, target: Path, md5: str) -> None:
    from torchvision.datasets.utils import check_integrity

    if not check_integrity(path, md5):
        raise DownloadError(f"{path} is damaged, or not the official file (its checksum is another): fetch it again")
    copy_whole(path, target)


def _place_celeba(source: Path, cls, root: Path) -> Path:
    """Use torchvision's own folder where it lies, for it has 200,000 files; else copy the files that are there."""
    for folder in (source, source / cls.base_folder):
        if folder.name == cls.base_folder and (folder / "img_align_celeba").is_dir():
            return folder.parent
    files = [path for _, _, name in cls.file_list if (path := source / name).is_file()]
    if not files:
        raise DownloadError(
            f"{source} does not hold celeba: it needs {', '.join(name for _, _, name in cls.file_list)}"
        )
    for path in files:
        if not (target := root / cls.base_folder / path.name).exists():
            copy_whole(path, target)
    return root
