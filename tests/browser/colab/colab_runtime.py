"""A kernel with Colab's versions, and what it published: cells' outputs and models, served to pages like Colab's.

The kernel is real. torch, numpy and the course come from the tests' environment; IPython, ipykernel and ipywidgets from
an overlay with Colab's versions, which `make` fills once; `google.colab` is a stand-in.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Coroutine
from pathlib import Path

import tornado.httpserver
import tornado.netutil
import tornado.websocket
from colab_front_end import Channel, Models, application
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager

HERE = Path(__file__).resolve().parent
TESTS = HERE.parents[1]
ROOT = HERE.parents[2]
OVERLAY = Path(sys.prefix) / "colab-overlay"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
OUTPUTS = ("stream", "display_data", "execute_result", "error")


def write_kernel_spec(folder: Path, url: str) -> Path:
    """Write the specification of a kernel that believes to be in Colab; return the folder of specifications.

    url: where the manager of widgets that are not ipywidgets' own is served.
    """
    folders = (OVERLAY, HERE / "stand_in", HERE, TESTS, ROOT)
    specification = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Colab",
        "language": "python",
        "env": {
            "PYTHONPATH": os.pathsep.join(map(str, folders)),
            "PYTHONWARNINGS": "ignore",
            "IPYTHONDIR": str(folder / "ipython"),
            "COLAB_WIDGET_MANAGER": f"{url}/page/manager.js",
        },
    }
    path = folder / "kernels" / "colab" / "kernel.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(specification))
    return path.parents[1]


class ColabRuntime:
    """A kernel with Colab's versions, in `folder`, and a server for its outputs' frames on a free port.

    Everything runs in one event loop in a thread; the methods are for the tests' thread.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.models, self.channels = Models(), set()
        self._cells: dict[str, list[dict]] = {}  # by the request: the messages that a cell sent
        self._ended: dict[str, asyncio.Future] = {}
        self._answers: dict[str, tuple[Channel, int]] = {}
        self._heard_at = time.monotonic()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._do(self._start(), 120)
        except BaseException:
            self.close()
            raise

    def _do(self, work: Coroutine, seconds: float):
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, seconds), self._loop).result(seconds + 5)

    async def _start(self) -> None:
        (socket,) = tornado.netutil.bind_sockets(0, "127.0.0.1")
        self._server = tornado.httpserver.HTTPServer(application(self))
        self._server.add_socket(socket)
        self.url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        specs = KernelSpecManager(kernel_dirs=[str(write_kernel_spec(self.folder, self.url))])
        self._manager = AsyncKernelManager(kernel_name="colab", kernel_spec_manager=specs)
        self._manager.connection_file = str(self.folder / "connection.json")
        await self._manager.start_kernel(cwd=str(self.folder))
        await self._connect()

    async def _connect(self) -> None:
        self._client = self._manager.client()
        self._client.start_channels()
        await self._client.wait_for_ready(timeout=60)
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        """Hear all that the kernel publishes."""
        while True:
            self._hear(await self._client.get_iopub_msg(timeout=None))

    def _hear(self, message: dict) -> None:
        kind, content = message["msg_type"], message["content"]
        request = message["parent_header"].get("msg_id")
        self._heard_at = time.monotonic()
        if kind.startswith("comm_"):
            buffers = [bytes(part) for part in message["buffers"]]
            self.models.hear(kind, content, buffers)
            self._tell(
                message=kind,
                model=content["comm_id"],
                data=content.get("data", {}),
                buffers=[b64encode(part).decode() for part in buffers],
            )
        elif kind == "update_display_data":
            self._display_again(content)
        if request in self._cells:
            self._cells[request].append(message)
        if kind == "status" and content["execution_state"] == "idle":
            if ended := self._ended.pop(request, None):
                ended.set_result(None)
            if answer := self._answers.pop(request, None):
                channel, number = answer
                self._tell(to=[channel], message="done", number=number)

    def _display_again(self, content: dict) -> None:
        """Renew an output in the cells that are kept and in all frames."""
        name = content["transient"]["display_id"]
        for message in (message for cell in self._cells.values() for message in cell):
            if message["content"].get("transient", {}).get("display_id") == name:
                message["content"].update(data=content["data"], metadata=content["metadata"])
        self._tell(message="display", name=name, data=content["data"], metadata=content["metadata"])

    def _tell(self, *, to=None, **what) -> None:
        for channel in list(self.channels if to is None else to):
            with contextlib.suppress(tornado.websocket.WebSocketClosedError):
                channel.write_message(json.dumps(what))

    def send_comm(self, model: str, data: dict, buffers: list[bytes], *, answer: tuple[Channel, int]) -> None:
        """Hand a frame's comm message to the kernel; `answer` is told when the kernel has dealt with it."""
        self._heard_at = time.monotonic()
        content = {"comm_id": model, "data": data}
        self.models.hear("comm_msg", content, buffers)
        message = self._client.session.msg("comm_msg", content)
        message["buffers"] = buffers
        self._answers[message["header"]["msg_id"]] = answer
        self._client.shell_channel.send(message)

    async def _run(self, code: str) -> list[dict]:
        request = self._client.execute(code)
        self._cells[request] = []
        ended = self._ended[request] = self._loop.create_future()
        await ended
        return self._cells[request]

    def run(self, code: str, *, seconds: float = 120) -> list[dict]:
        """Run a cell and return the messages it published; those that come later are added to the same list.

        Raises:
            RuntimeError: if the cell failed, with what it said.
        """
        messages = self._do(self._run(code), seconds)
        if any(message["msg_type"] == "error" for message in messages):
            raise RuntimeError(printed(messages))
        return messages

    @property
    def rest(self) -> float:
        """How long kernel and frames have said nothing to each other, in seconds; 0 while the kernel owes an answer."""
        return 0.0 if self._answers else time.monotonic() - self._heard_at

    def restart(self) -> None:
        """Start the kernel anew, as "Restart runtime" does: the outputs stay where they are, their models are gone."""
        self._do(self._restart(), 120)

    async def _restart(self) -> None:
        self._reader.cancel()
        self._client.stop_channels()
        self.models.clear()
        self._answers.clear()
        await self._manager.restart_kernel(now=True)
        await self._connect()

    async def _stop(self) -> None:
        if hasattr(self, "_client"):
            self._reader.cancel()
            self._client.stop_channels()
        if getattr(self, "_manager", None) is not None and self._manager.has_kernel:
            await self._manager.shutdown_kernel(now=True)
        for channel in list(self.channels):
            channel.close()
        self._server.stop()
        await self._server.close_all_connections()

    def close(self) -> None:
        """End the kernel, the server and the thread."""
        with contextlib.suppress(Exception):
            self._do(self._stop(), 30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


def printed(messages: list[dict]) -> str:
    """Return what a cell printed, an error's name and words included."""
    said = [message["content"] for message in messages if message["msg_type"] in ("stream", "error")]
    return "".join(content.get("text") or f"{content['ename']}: {content['evalue']}" for content in said)


def outputs(messages: list[dict]) -> list[dict]:
    """Return a cell's outputs in the notebook's format, those that can be displayed again with their `display_id`."""
    shown: list[dict] = []
    waits = False
    for message in messages:
        kind, content = message["msg_type"], message["content"]
        if kind == "clear_output":
            waits = content["wait"]
            shown = shown if waits else []
        elif kind in OUTPUTS:
            shown = [] if waits else shown
            waits = False
            name = content.get("transient", {}).get("display_id")
            kept = {key: value for key, value in content.items() if key != "transient"}
            shown.append({"output_type": kind, **kept, **({"display_id": name} if name else {})})
    return shown
