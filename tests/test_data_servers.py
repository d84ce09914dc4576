"""Servers that are silent or not reached, and two processes that fetch the same set at once."""

import contextlib
import functools
import gzip
import http.server
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torchvision

from ganlib import data
from ganlib.data import external

STEMS = [f"{part}-{what}" for part in ("train", "t10k") for what in ("images-idx3-ubyte", "labels-idx1-ubyte")]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of its own, and no server but this machine."""
    monkeypatch.setenv("GANLIB_CACHE", str(tmp_path / "cache"))
    connect = socket.socket.connect

    def local(self, address):
        if self.family != socket.AF_UNIX and address[0] != "127.0.0.1":
            raise OSError("Network is unreachable")
        return connect(self, address)

    monkeypatch.setattr("socket.socket.connect", local)


def test_celeba_says_which_package_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "gdown", None)
    with pytest.raises(data.DownloadError, match=r"Google Drive.*pip install gdown\)\..*source='folder'"):
        data.load("celeba")


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_a_silent_server_is_not_waited_for_for_ever(monkeypatch, name):
    monkeypatch.setattr(external, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:  # takes the call, and says nothing
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        monkeypatch.setattr(torchvision.datasets.MNIST, "mirrors", [address])
        monkeypatch.setattr(torchvision.datasets.CIFAR10, "url", address + "cifar")
        with pytest.raises(data.DownloadError, match=rf"{name} could not be fetched \(the server was silent for 0.3 s"):
            data.load(name)
    assert socket.getdefaulttimeout() is None


class Slow(http.server.SimpleHTTPRequestHandler):
    """Serves files in two halves with a pause between, and counts what it served."""

    def do_GET(self):
        content = (Path(self.directory) / self.path.lstrip("/")).read_bytes()
        self.server.served.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # torchvision asks first where a redirection leads, and hangs up
            self.wfile.write(content[: len(content) // 2])
            time.sleep(0.5)
            self.wfile.write(content[len(content) // 2 :])

    def log_message(self, *_):
        pass


LOAD = """
import sys, hashlib, pathlib
from torchvision.datasets import MNIST
from ganlib import data
MNIST.mirrors = [sys.argv[1]]
served = pathlib.Path(sys.argv[2]).iterdir()
MNIST.resources = [(path.name, hashlib.md5(path.read_bytes()).hexdigest()) for path in served]
print("ready", flush=True)
sys.stdin.readline()
print(len(data.load("mnist", "all")))
"""


def serve(folder):
    """Write the four files of a made MNIST of 5 and 3 images, packed."""
    folder.mkdir()
    for stem, count in zip(STEMS, (5, 5, 3, 3)):
        shape = (count, 28, 28) if "images" in stem else (count,)
        header = b"\0\0\x08" + bytes([len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
        (folder / f"{stem}.gz").write_bytes(gzip.compress(header + np.zeros(shape, np.uint8).tobytes()))


def test_two_processes_with_an_empty_cache_fetch_once_and_both_have_it(tmp_path):
    serve(tmp_path / "served")
    handler = functools.partial(Slow, directory=str(tmp_path / "served"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.served = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        run = functools.partial(subprocess.Popen, text=True, stdin=-1, stdout=-1, stderr=-1)
        command = [sys.executable, "-c", LOAD, address, str(tmp_path / "served")]
        both = [run(command, cwd=Path(__file__).resolve().parents[1]) for _ in range(2)]
        for process in both:  # both have loaded torch before either begins
            assert process.stdout.readline() == "ready\n", process.stderr.read()
        for process in both:
            process.stdin.write("\n")
            process.stdin.flush()
        said = [process.communicate(timeout=120) for process in both]
        server.shutdown()
    assert [process.returncode for process in both] == [0, 0], said
    assert [out.splitlines()[-1] for out, _ in said] == ["8", "8"]
    assert sum("another process is fetching mnist" in out for out, _ in said) == 1
    assert sorted(server.served) == sorted(2 * [f"/{stem}.gz" for stem in STEMS])  # as often as one process asks
