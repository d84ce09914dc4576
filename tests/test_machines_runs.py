"""Trainings on machines as users have them: full disks, damaged files, odd folders, little memory, odd terminals."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ganlib import doctor, pretrained
from ganlib.__main__ import COMMANDS, main
from ganlib.recipes import run as carrying_out
from ganlib.train import kept

ROOT = Path(__file__).resolve().parents[1]
SMALL = ["--size", "16", "--limit", "24", "--batch", "4", "--device", "cpu"]
FACES = ["--data", "sketch_faces", *SMALL]


def train(out, *more, steps=2, data=FACES, kind="dcgan"):
    return main(["train", kind, *data, "--steps", str(steps), "--out", str(out), *more])


def told(capsys):
    """Return the one sentence on the error stream."""
    error = capsys.readouterr().err
    assert error.startswith("ganlib: ") and error.count("\n") == 1 and "Traceback" not in error, error
    return error


@pytest.fixture
def run(tmp_path):
    """Train for two steps, a checkpoint after each, and return the folder."""
    assert train(tmp_path / "out", "--every", "1") == 0
    return tmp_path / "out" / "dcgan-sketch_faces"


def never(*_, **__):
    raise AssertionError("a step was made, or data were loaded")


def a_file(place):
    place.write_text("")
    return place


def in_a_file(place):
    return a_file(place) / "below"


def not_to_be_written(place):
    place.mkdir()
    place.chmod(0o555)
    if os.geteuid() == 0:  # who may do everything, except in the kernel's own folders
        place = Path("/proc/nothing_like_it")
    return place


@pytest.mark.parametrize("name", [["dcgan", *FACES], ["digits-mlp"]], ids=["own", "recipe"])
@pytest.mark.parametrize("place", [a_file, in_a_file, not_to_be_written])
def test_a_folder_that_cannot_be_written_is_noticed_before_the_first_step(place, name, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(carrying_out.Training, "step", never)
    assert main(["train", *name, "--steps", "2", "--out", str(place(tmp_path / "place"))]) == 1
    assert "can't write to" in (error := told(capsys)) and "choose another --out" in error


def test_a_full_disk_is_noticed_before_the_first_step(tmp_path):
    """A limit on the length of files stands for the end of the disk."""
    code = "import resource, sys, torch, ganlib.recipes.run\nfrom ganlib.__main__ import main\n"
    code += "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))\n"
    code += f"sys.exit(main(['train', 'dcgan', *{FACES}, '--steps', '2', '--out', 'out']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 1 and "MB are needed): choose another --out" in done.stderr
    assert "Traceback" not in done.stderr and "2 steps in" not in done.stdout
    assert not list((tmp_path / "out" / "dcgan-sketch_faces").iterdir())


def fails_at(monkeypatch, number):
    """Let the disk be full when the checkpoint of a step is written."""
    honest = kept.save_checkpoint

    def save(training, path):
        if training.number == number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return honest(training, path)

    monkeypatch.setattr(kept, "save_checkpoint", save)


def test_a_checkpoint_that_cannot_be_written_is_told_and_the_training_goes_on(tmp_path, capsys, monkeypatch):
    fails_at(monkeypatch, 2)
    assert train(tmp_path, "--every", "1", steps=3) == 0
    said = capsys.readouterr().out
    assert "step 2 could not be saved (No space left on device)" in said and "stays as it was" in said


def test_the_last_checkpoint_that_cannot_be_written_leaves_the_one_before(tmp_path, capsys, monkeypatch):
    fails_at(monkeypatch, 3)
    assert train(tmp_path, "--every", "1", steps=3) == 1
    assert "step 3 could not be saved" in (error := told(capsys)) and "the same command goes on" in error
    monkeypatch.undo()
    assert train(tmp_path, "--every", "1", steps=3) == 0
    assert "going on at step 2 of 3" in capsys.readouterr().out


DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "a changed byte": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"!"),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_checkpoint_falls_back_to_the_one_before(damage, run, capsys):
    DAMAGE[damage](run / "checkpoint.safetensors")
    assert train(run.parent, steps=3) == 0
    said = capsys.readouterr().out
    assert "going on at step 1 of 3" in said and ("is damaged" in said) == (damage != "gone")
    assert train(run.parent, steps=4) == 0
    assert "going on at step 3 of 4" in capsys.readouterr().out
    DAMAGE["empty"](run / "checkpoint.safetensors")
    assert train(run.parent, steps=4) == 0  # what was damaged did not take the good one's place
    assert "going on at step 3 of 4" in capsys.readouterr().out


def test_two_damaged_checkpoints_are_told_in_a_sentence(run, capsys):
    for path in run.glob("checkpoint*"):
        path.write_bytes(b"")
    assert train(run.parent, steps=3) == 1
    assert "checkpoint.safetensors is damaged" in (error := told(capsys)) and "--restart begins anew" in error
    assert train(run.parent, "--restart", steps=3) == 0


def test_a_training_begun_anew_does_not_fall_back_to_the_old_one(run, capsys):
    assert train(run.parent, "--seed", "5", "--restart") == 0
    (run / "checkpoint.safetensors").write_bytes(b"")
    assert train(run.parent, "--seed", "5", steps=3) == 1
    assert "begins anew" in told(capsys)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "{}", "3"])
def test_damaged_settings_are_told_in_a_sentence(content, run, capsys):
    (run / "settings.json").write_text(content)
    assert train(run.parent, steps=3) == 1
    assert "settings.json is damaged: delete it" in told(capsys)
    (run / "settings.json").unlink()
    assert train(run.parent, steps=3) == 0
    assert "going on at step 2 of 3" in capsys.readouterr().out


def test_a_damaged_index_does_not_cost_the_training(run):
    (run / "index.json").write_text("")
    assert train(run.parent, steps=3) == 0
    assert pretrained.load(run.name, place=run).z_dim


@pytest.mark.parametrize("mask, mode", [(0o022, 0o644), (0o027, 0o640)])
def test_files_have_the_mode_that_the_user_chose(mask, mode, tmp_path):
    before = os.umask(mask)
    try:
        assert train(tmp_path) == 0
    finally:
        os.umask(before)
    written = [path for path in (tmp_path / "dcgan-sketch_faces").iterdir()]
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in written} == {path.name: mode for path in written}
    assert len(written) == 5


def album(folder):
    folder.mkdir()
    for k in range(8):
        Image.new("RGB", (16, 16), (20 * k, 100, 90)).save(folder / f"{k}.png")
    return folder


def test_a_folder_written_in_several_ways_is_one_training(tmp_path, capsys, monkeypatch):
    album(tmp_path / "faces")
    (tmp_path / "link").symlink_to("faces")
    monkeypatch.chdir(tmp_path)
    ways = ["faces", "faces/", "./faces", str(tmp_path / "faces"), "link", "faces/../faces"]
    for number, way in enumerate(ways, 1):
        assert train("out", data=["--data", way, *SMALL], steps=number) == 0
        assert number == 1 or f"going on at step {number - 1} of" in capsys.readouterr().out
    monkeypatch.chdir("faces")
    assert train("../out", data=["--data", ".", *SMALL], steps=number + 1) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["dcgan-faces"]


@pytest.mark.parametrize("name", ["caf\udcff", "☃", "a 'b' $c"])
def test_a_folder_of_any_name_can_be_gone_on_with(name, tmp_path, capsys):
    try:
        faces = album(tmp_path / name)
    except (OSError, UnicodeEncodeError):
        pytest.skip("this file system has no such names")
    for steps in (1, 2):
        assert train(tmp_path / name / "out", data=["--data", str(faces), *SMALL], steps=steps) == 0
    assert "going on at step 1 of 2" in capsys.readouterr().out
    assert pretrained.load(f"dcgan-{name}", place=tmp_path / name / "out" / f"dcgan-{name}").z_dim


@pytest.mark.parametrize(
    "kind, more",
    [("sr", ["--size", "4"]), ("sr", ["--size", "2"]), ("dcgan", ["--size", "4"]), ("cgan", ["--size", "1"])],
)
def test_pictures_too_small_are_told_in_a_sentence(kind, more, tmp_path, capsys):
    assert train(tmp_path, *more, data=["--data", "digits", *SMALL], kind=kind) == 1
    assert "multiple of 4" in told(capsys) if kind == "sr" else "divisible by 8" in told(capsys)


@pytest.mark.parametrize("words", [
    ["train", "dcgan", "--data", "sketch_faces", "--size", "256", "--limit", "20000"],
    ["train", "dcgan", "--data", "sketch_faces", "--size", "64", "--limit", "40", "--batch", "9000"],
    ["sample", "digits-mlp", "--n", "3000000"],
], ids=["pictures", "batch", "samples"])  # fmt: skip
def test_too_little_memory_is_told_in_a_sentence(words, tmp_path):
    code = "import resource, sys, torch, ganlib.recipes.run\nfrom ganlib.__main__ import main\n"
    code += "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
    code += f"resource.setrlimit(resource.RLIMIT_AS, (used + 10**9,) * 2)\nsys.exit(main({words} + ['--out', 'out']))"
    there = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=there, capture_output=True, text=True)
    assert done.returncode == 1 and "too little memory" in done.stderr and "Traceback" not in done.stderr
    assert "smaller --" in done.stderr


def test_another_error_of_torch_keeps_its_traceback(monkeypatch, tmp_path):
    def wrong(*_, **__):
        raise RuntimeError("unsupported memory format")

    monkeypatch.setattr(carrying_out, "train", wrong)
    with pytest.raises(RuntimeError, match="format"):
        train(tmp_path)


def called(words, tmp_path, **environment):
    there = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run([sys.executable, "-m", "ganlib", *words], cwd=tmp_path, env=there, capture_output=True)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


WORK = [["sample", "digits-mlp"], ["train", "dcgan", *FACES, "--steps", "2"], ["train", "cgan", "--size", "3"]]
TERMINALS = [
    *(({"PYTHONIOENCODING": "ascii"}, words) for words in [*([name, "--help"] for name in COMMANDS), *WORK]),
    *(({"MPLBACKEND": "foo"}, words) for words in WORK),
    *(({"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}, words) for words in WORK),
]


@pytest.mark.parametrize("environment, words", TERMINALS, ids=str)
def test_each_command_works_in_a_terminal_of_plain_letters_and_with_any_backend(environment, words, tmp_path):
    done = called(words, tmp_path, **environment)
    assert done.returncode == (1 if "3" in words else 0), done.stderr
    assert done.stdout.isascii() or environment.get("PYTHONIOENCODING") != "ascii"


def test_the_doctor_says_what_asks_for_a_backend_that_there_is_not(monkeypatch):
    reason = "ValueError: Key backend: 'foo' is not a valid value for backend"
    monkeypatch.setenv("MPLBACKEND", "foo")
    monkeypatch.setattr(doctor, "_import_error", lambda name: reason if name == "matplotlib" else None)
    doctor._packages(problems := [])
    assert len(problems) == 1 and problems[0].startswith("unset MPLBACKEND, which asks for foo")
