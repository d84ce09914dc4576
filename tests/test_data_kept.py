"""Scaled pictures in the cache: found again, never stale, never in part, never needed, never too many."""

import os
import shutil
import threading

import pytest
import torch
from PIL import Image

from ganlib import data
from ganlib.data import disk, kept, picture


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "pictures"


@pytest.fixture
def album(tmp_path):
    """A folder of six pictures, picture i with the grey 10 i."""
    (tmp_path / "album").mkdir()
    for i in range(6):
        Image.new("L", (12, 12), 10 * i).save(tmp_path / "album" / f"{i}.png")
    return tmp_path / "album"


@pytest.fixture
def unpacked(monkeypatch):
    """Return the names of all files that are unpacked from now on."""
    names = []
    read = picture.read_square
    monkeypatch.setattr(picture, "read_square", lambda path, size: names.append(path.name) or read(path, size))
    return names


def test_a_folder_is_unpacked_once(album, unpacked, capsys):
    first = data.load(album, "all", size=4)
    assert len(unpacked) == 6 and "6 pictures in" in capsys.readouterr().out
    again = data.load(album, "all", size=4)
    assert len(unpacked) == 6 and capsys.readouterr().out == ""
    assert torch.equal(again.images, first.images)


def change_a_picture(album):
    Image.new("L", (12, 12), 99).save(album / "3.png")


def touch_a_picture(album):
    os.utime(album / "3.png", ns=(1, 1))


CHANGES = {
    "a picture is painted over": change_a_picture,
    "a picture is saved again": touch_a_picture,
    "a picture comes": lambda album: shutil.copy2(album / "3.png", album / "6.png"),
    "a picture goes": lambda album: (album / "3.png").unlink(),
    "a picture gets another name": lambda album: (album / "3.png").rename(album / "9.png"),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_is_noticed(album, unpacked, kind):
    data.load(album, "all", size=4)
    CHANGES[kind](album)
    unpacked.clear()
    found = data.load(album, "all", size=4)
    assert len(unpacked) == len(found) == len(list(album.iterdir()))


@pytest.mark.parametrize("other", [{"size": 8}, {"limit": 3}, {"split": "train", "limit": 2}])
def test_other_settings_are_other_pictures(album, unpacked, other):
    data.load(album, "all", size=4)
    unpacked.clear()
    found = data.load(album, **{"split": "all", "size": 4} | other)
    assert len(unpacked) == len(found) and found.image_shape[-1] == other.get("size", 4)


def test_a_damaged_or_deleted_cache_is_harmless(album, cache, unpacked):
    first = data.load(album, "all", size=4)
    (file,) = cache.iterdir()
    for content in (b"", file.read_bytes()[:-5], b"\xff" * 100):
        file.write_bytes(content)
        assert torch.equal(data.load(album, "all", size=4).images, first.images)
    shutil.rmtree(cache)
    assert torch.equal(data.load(album, "all", size=4).images, first.images)
    assert len(unpacked) == 5 * 6


def test_a_cache_that_cannot_be_written_is_harmless(album, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "file" / "cache"))
    assert len(data.load(album, "all", size=4)) == 6


def test_the_cache_is_bounded_and_the_least_lately_used_goes(album, cache, unpacked, monkeypatch):
    data.load(album, "all", size=16)
    (first,) = cache.iterdir()
    monkeypatch.setattr(kept, "MOST", 3 * first.stat().st_size)
    (cache / ".x.part").write_bytes(b"left by a process that was killed")
    os.utime(cache / ".x.part", ns=(1, 1))
    for limit in (5, 4, 3, 2):
        for i, file in enumerate(sorted(cache.glob("*.safetensors"), key=lambda path: path.stat().st_mtime_ns)):
            os.utime(file, ns=(10**9 * i, 10**9 * i))
        data.load(album, "all", size=16)  # used again and again
        data.load(album, "all", size=16, limit=limit)
    assert first.exists() and not (cache / ".x.part").exists()
    assert len(unpacked) == 6 + 5 + 4 + 3 + 2  # none of them twice
    assert sum(file.stat().st_size for file in cache.iterdir()) <= kept.MOST
    assert 2 <= len(list(cache.iterdir())) < 5


def test_what_is_larger_than_the_cache_is_not_kept(album, cache, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 100)
    assert len(data.load(album, "all", size=16)) == 6
    assert not cache.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
@pytest.mark.parametrize("umask, mode", [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_files_have_the_user_s_ordinary_mode(album, cache, umask, mode):
    before = os.umask(umask)
    try:
        data.load(album, "all", size=4)
    finally:
        os.umask(before)
    assert [file.stat().st_mode & 0o777 for file in cache.iterdir()] == [mode]


def test_a_file_that_two_write_is_never_seen_in_part(tmp_path):
    """One that reads while two others write sees the whole of one or of the other."""
    path, whole = tmp_path / "file", [bytes([i]) * 300_000 for i in (1, 2)]
    disk.write_whole(path, whole[0])

    def write(content):
        for _ in range(50):
            disk.write_whole(path, content)

    writers = [threading.Thread(target=write, args=(content,)) for content in whole]
    for writer in writers:
        writer.start()
    seen = {path.read_bytes() for _ in range(50)}
    for writer in writers:
        writer.join()
    assert seen <= set(whole) and [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_write_that_fails_leaves_the_old_file_alone(tmp_path, monkeypatch):
    disk.write_whole(tmp_path / "file", b"old")

    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(disk.os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        disk.write_whole(tmp_path / "file", b"new")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("file", b"old")]
