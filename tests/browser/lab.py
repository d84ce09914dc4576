"""A JupyterLab of its own and a headless Chromium, for tests and measurements that move real widgets."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Playwright's own default hides scroll bars, which everybody has, and with them whatever is wider than its place.
SHOWN = ["--hide-scrollbars"]  # of Playwright's arguments, to be left out
QUIET_SETTINGS = {
    "apputils-extension": ("notification", {"fetchNews": "false", "checkForUpdates": False}),
    "docmanager-extension": ("plugin", {"autosave": False}),
}


KERNEL = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"


def launch(play):
    """Start a headless Chromium as people see it: with scroll bars."""
    return play.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS, ignore_default_args=SHOWN)


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome: `GANLIB_CHROMIUM` if set, else the first on the PATH, else None."""
    chosen = [os.environ["GANLIB_CHROMIUM"]] if "GANLIB_CHROMIUM" in os.environ else list(CHROMIUM_NAMES)
    return next((path for name in chosen if (path := shutil.which(name))), None)


def write_notebook(path: Path, cells: list[str]) -> Path:
    """Write a notebook of code cells."""
    import nbformat.v4 as v4

    notebook = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


# What JupyterLab 4.6 and Notebook 7.6 say of themselves, now and then, with any notebook.
NOT_OURS = ("Command 'filebrowser:open-path' not registered", "Cannot read properties of undefined (reading 'schema')")


class LabServer:
    """A JupyterLab on a free port over `root`, whose settings, data and token are its own.

    python: the interpreter to start it with, by default this one.
    """

    def __init__(self, root: Path, *, python: str = sys.executable, options: tuple[str, ...] = ()):
        self.root, self.token = Path(root), secrets.token_hex(16)
        self.notebooks = self.root / "notebooks"
        self.notebooks.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = (self.root / "server.log").open("w")
        command = [
            python, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser",
            f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1",
            f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.notebooks}",
            "--LabApp.extension_manager=readonly", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--JupyterNotebookApp.expose_app_in_browser=True",
            *options,
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, env=self._environment(), stdout=self._log, stderr=subprocess.STDOUT, cwd=self.root
        )

    def _environment(self) -> dict[str, str]:
        folders = {
            "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython", "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        }  # fmt: skip
        for extension, (plugin, settings) in QUIET_SETTINGS.items():
            folder = self.root / "settings" / "@jupyterlab" / extension
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{plugin}.jupyterlab-settings").write_text(json.dumps(settings))
        return {**os.environ, **{name: str(self.root / folder) for name, folder in folders.items()}}

    def wait(self, seconds: float = 60) -> LabServer:
        """Wait until the server answers.

        Raises:
            RuntimeError: if it does not in time, or has ended; the message holds the end of its log.
        """
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up and self.process.poll() is None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/api?token={self.token}", timeout=2).close()
                return self
            time.sleep(0.1)
        raise RuntimeError("JupyterLab did not start: " + (self.root / "server.log").read_text()[-2000:])

    def close(self) -> None:
        """End the server and its kernels."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()


class LabPage:
    """A notebook open in a browser's page: in JupyterLab (mode "doc" or "lab"), or in Notebook 7 ("notebooks")."""

    def __init__(self, page, server: LabServer, name: str, *, mode: str = "doc"):
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", self._note)
        path = name if mode == "notebooks" else f"tree/{name}"
        page.goto(f"{server.url}/{mode}/{path}?token={server.token}")
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
        page.wait_for_function(f"() => {KERNEL}?.status === 'idle'", timeout=60_000)

    def _note(self, error) -> None:
        if not any(known in str(error) for known in NOT_OURS):
            self.errors.append(str(error))

    def run_all(self, seconds: float = 120) -> None:
        """Run all cells and wait until the kernel has answered the last one."""
        self.page.set_default_timeout(1000 * seconds)
        self.page.evaluate("async () => { await jupyterapp.commands.execute('notebook:run-all-cells') }")
        self.wait_idle()
        self.page.set_default_timeout(30_000)

    def wait_idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.wait_for_function(f"() => {KERNEL}?.status === 'idle'")

    def run(self, code: str) -> str:
        """Run code in the notebook's kernel, beside its cells, and return what it printed (errors included)."""
        return self.page.evaluate(
            """async (code) => {
                const future = KERNEL.requestExecute({ code, store_history: false });
                let printed = '';
                future.onIOPub = ({ header, content }) => {
                    if (header.msg_type === 'stream') printed += content.text;
                    if (header.msg_type === 'error') printed += content.ename + ': ' + content.evalue;
                };
                await future.done;
                return printed;
            }""".replace("KERNEL", KERNEL),
            code,
        )

    def save(self) -> None:
        """Save the notebook."""
        self.page.evaluate("async () => { await jupyterapp.commands.execute('docmanager:save') }")

    def shut_down(self) -> None:
        """End the notebook's kernel and leave its page."""
        self.page.evaluate("async () => { await jupyterapp.shell.currentWidget.sessionContext.shutdown() }")
        self.page.goto("about:blank")

    @property
    def panels(self):
        """All widgets of the course on the page."""
        return self.page.locator(".ganlib-panel")


def handles(panel):
    """All slider handles of a widget, from top to bottom (ipywidgets 8)."""
    return panel.locator(".noUi-handle")


def grip(panel, index: int) -> tuple[float, float]:
    """Press the mouse on a slider's handle, and return where."""
    handle = handles(panel).nth(index)
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    panel.page.mouse.move(x, y)
    panel.page.mouse.down()
    return x, y


def drag(panel, index: int, right: float, *, steps: int = 12) -> None:
    """Drag a slider's handle by `right` CSS pixels with the mouse, and let go."""
    x, y = grip(panel, index)
    panel.page.mouse.move(x + right, y, steps=steps)
    panel.page.mouse.up()


def pixels(canvas) -> np.ndarray:
    """Read a canvas's own pixels: (H, W, 3) uint8."""
    width, height, data = canvas.evaluate(
        """canvas => {
            const { width, height } = canvas;
            const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
            let text = '';
            for (let i = 0; i < data.length; i += 8192) text += String.fromCharCode(...data.subarray(i, i + 8192));
            return [width, height, btoa(text)];
        }"""
    )
    return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)[:, :, :3]


def settle(canvas, *, still: float = 0.25, seconds: float = 20) -> np.ndarray:
    """Wait until a canvas has shown the same frame and the kernel has rested for `still` seconds; return the pixels.

    On a busy machine a picture comes late: while the kernel works, no frame counts as the last one.
    """
    give_up = time.monotonic() + seconds
    number, since = None, time.monotonic()
    while time.monotonic() < give_up:
        now = canvas.get_attribute("data-frame")
        if now != number or canvas.page.evaluate(f"() => {KERNEL}?.status") == "busy":
            number, since = now, time.monotonic()
        elif now is not None and time.monotonic() - since >= still:
            return pixels(canvas)
        canvas.page.wait_for_timeout(20)
    raise AssertionError(f"the canvas did not come to rest within {seconds} s (frame {number})")
