"""The command line as it is called: help at once, and a sentence where something is broken or missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ganlib import doctor
from ganlib.__main__ import COMMANDS

ROOT = Path(__file__).resolve().parents[1]


def call(*words, **environment):
    """Run `python -m ganlib WORDS` in this environment and no other; return (exit code, output, errors)."""
    command = [sys.executable, "-m", "ganlib", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, env=environment)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def broken(folder, name, error):
    """Return a path on which a package lies that raises an error when it is imported."""
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text(f"raise {error}\n")
    return str(folder)


def test_help_imports_nothing_that_takes_time():
    code = "import sys; from ganlib.__main__ import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print(sorted({'torch', 'numpy', 'matplotlib', 'PIL'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_its_help(name):
    code, out, errors = call(name, "--help", PATH=os.environ["PATH"])
    assert code == 0 and not errors and f"python -m ganlib {name}" in out


@pytest.mark.parametrize(("name", "error"), [
    ("torch", "OSError('libtorch.so: cannot open shared object file')"), ("numpy", "ImportError('for another CPU')"),
    ("safetensors", "RuntimeError('no')"), ("PIL", "ImportError('no _imaging')"),
])  # fmt: skip
def test_doctor_comes_where_a_package_is_broken(tmp_path, name, error):
    code, out, errors = call("doctor", PYTHONPATH=broken(tmp_path, name, error), HOME=str(tmp_path))
    assert code == 0 and "Traceback" not in errors + out
    assert f"install {name.replace('PIL', 'pillow')} again" in out, out


def test_another_command_says_what_to_do_where_torch_is_broken(tmp_path):
    path = broken(tmp_path, "torch", "OSError('libtorch.so: cannot open shared object file')")
    code, out, errors = call("train", "dcgan", PYTHONPATH=path, HOME=str(tmp_path))
    assert (code, out) == (1, "") and "libtorch.so" in errors and "doctor" in errors and "Traceback" not in errors


def test_doctor_comes_without_home_and_in_a_terminal_of_plain_letters(tmp_path):
    code, out, errors = call("doctor", PYTHONIOENCODING="ascii", GANLIB_CACHE=str(tmp_path))
    assert code == 0 and not errors and out.splitlines()[-1] and out.isascii()


def test_doctor_comes_for_somebody_without_an_entry(monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert doctor._without_home("fine") == "fine"
