"""Colab's front end, as far as widgets need it: it knows the models' states and serves outputs' frames."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from pathlib import Path

import anywidget
import tornado.web
import tornado.websocket

HERE = Path(__file__).resolve().parent
NODE_MODULES = HERE.parent / "node_modules"
HTML_MANAGER = NODE_MODULES / "@jupyter-widgets" / "html-manager" / "dist"


class Models:
    """The widgets' models as the front end knows them: what they were opened with, and every change since."""

    def __init__(self):
        self._states: dict[str, dict] = {}
        self._buffers: dict[str, dict[tuple, bytes]] = {}

    def hear(self, kind: str, content: dict, buffers: list) -> None:
        """Keep what a comm message says, whichever side it comes from."""
        model, data = content["comm_id"], content.get("data", {})
        if kind == "comm_close":
            self._states.pop(model, None)
            self._buffers.pop(model, None)
        elif kind == "comm_open" and content["target_name"] == "jupyter.widget":
            self._states[model], self._buffers[model] = {}, {}
        if model in self._states and "state" in data:
            kept = self._buffers[model]
            for path in [path for path in kept if path[0] in data["state"]]:
                del kept[path]
            self._states[model].update(data["state"])
            kept.update({tuple(path): bytes(part) for path, part in zip(data.get("buffer_paths", []), buffers)})

    def __contains__(self, model: str) -> bool:
        return model in self._states

    def __getitem__(self, model: str) -> dict:
        """Return a model's state; its binary parts stand beside it."""
        buffers = self._buffers[model]
        return {
            "state": self._states[model],
            "buffer_paths": [list(path) for path in buffers],
            "buffers": [b64encode(part).decode() for part in buffers.values()],
        }

    def clear(self) -> None:
        self._states.clear()
        self._buffers.clear()

    def saved(self) -> dict[str, dict]:
        """Return all states as a notebook's metadata hold them, without what is binary."""
        return {
            model: {
                "model_name": state["_model_name"],
                "model_module": state["_model_module"],
                "model_module_version": state["_model_module_version"],
                "state": state,
            }
            for model, state in self._states.items()
        }


class Channel(tornado.websocket.WebSocketHandler):
    """The way between one output's frame and the kernel: comm messages, and display_data that is displayed again."""

    def initialize(self, runtime):
        self.runtime = runtime

    def check_origin(self, origin):
        return True  # the frames have no origin of their own: they are isolated

    def open(self):
        self.runtime.channels.add(self)

    def on_close(self):
        self.runtime.channels.discard(self)

    def on_message(self, text):
        said = json.loads(text)
        buffers = [b64decode(part) for part in said["buffers"]]
        self.runtime.send_comm(said["model"], said["data"], buffers, answer=(self, said["number"]))


class ModelState(tornado.web.RequestHandler):
    """A model's state by its id."""

    def initialize(self, runtime):
        self.runtime = runtime

    def get(self, model):
        self.set_header("Access-Control-Allow-Origin", "*")
        if model not in self.runtime.models:
            raise tornado.web.HTTPError(404)
        self.finish(self.runtime.models[model])


class Files(tornado.web.StaticFileHandler):
    """Files that frames without an origin may load."""

    def set_extra_headers(self, path):
        self.set_header("Access-Control-Allow-Origin", "*")


def application(runtime) -> tornado.web.Application:
    """Return what answers the frames of a runtime's outputs."""
    own = {"runtime": runtime}
    anywidget_files = Path(anywidget.__file__).parent / "nbextension"
    return tornado.web.Application(
        [
            (r"/channel", Channel, own),
            (r"/models/(\w+)", ModelState, own),
            (r"/page/@jupyter-widgets/(.*)", Files, {"path": str(HTML_MANAGER)}),  # its fonts, as it asks for them
            (r"/page/(.*)", Files, {"path": str(HERE / "page")}),
            (r"/npm/(.*)", Files, {"path": str(NODE_MODULES)}),
            (r"/anywidget/(.*)", Files, {"path": str(anywidget_files)}),
        ]
    )
