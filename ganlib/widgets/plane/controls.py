"""The controls of the two-dimensional GAN lab, and what happens when they are changed."""

from __future__ import annotations

import ipywidgets

from ganlib.losses import BY_NAME
from ganlib.train import Training
from ganlib.widgets.base.controls import button, choice, row, text, tick
from ganlib.widgets.live_panel import LABEL, LivePanel
from ganlib.widgets.plane.data import DRAWING, MIXTURES, PlaneData
from ganlib.widgets.plane.players import CURES, TRIES

LAYERS = {"D's map": "heat", "pulls": "pulls", "net of z": "net"}


class PlaneControls(LivePanel):
    """What PlaneLab's menus and boxes do; which data there are, and how to train on them, a subclass knows."""

    _own: PlaneData | None
    version: int

    def clear_drawing(self) -> None:
        """Wipe the drawing out, and begin again."""
        raise NotImplementedError

    def _data_of(self, name: str) -> PlaneData:
        raise NotImplementedError

    def _make(self) -> Training:
        raise NotImplementedError

    def _choices(self, data: str, loss: str, cure: str) -> None:
        sources = [*(["given"] if self._own else []), *MIXTURES, DRAWING]
        self.source = choice(sources, data, "data", label=LABEL)
        self.loss = choice([(name.replace("_", " "), name) for name in BY_NAME], loss, "loss", label=LABEL)
        self.cure = choice(list(CURES), cure, "cure", label=LABEL)
        self.tries = choice(list(TRIES), "choose …", "try", label=LABEL)
        self.clear = button("Clear the drawing", self.clear_drawing)
        self.clear.layout.display = "" if data == DRAWING else "none"
        self.layers = {kind: tick(kind != "net", name) for name, kind in LAYERS.items()}

    def _controls(self) -> list[ipywidgets.Widget]:
        self.source.observe(self._data_changed, "value")
        self.tries.observe(self._tried, "value")
        self.loss.observe(self._loss_changed, "value")
        self.cure.observe(self._cure_changed, "value")
        for box in self.layers.values():
            box.observe(lambda _: self._request(), "value")
        layers = row(*self.layers.values())
        buttons, *rates = self._training_controls()
        return [text("G against D in the plane", "heading"), self.source, self.clear, buttons, self.tries,
                self.loss, self.cure, *rates, layers]  # fmt: skip

    def _data_changed(self, change) -> None:
        """Take other data, and begin again."""
        self.runner.pause()
        self.clear.layout.display = "" if change["new"] == DRAWING else "none"
        self.data, self.probe = self._data_of(change["new"]), None
        self.version += 1
        self.reset()

    def _loss_changed(self, _change) -> None:
        with self.runner.lock:
            self.training.loss = BY_NAME[self.loss.value]
        self._request()

    def _cure_changed(self, change) -> None:
        """Go on under another cure: with the same D if the cure is a penalty, with a new D if it needs another one."""
        old, new = CURES[change["old"]], CURES[change["new"]]
        with self.runner.lock:
            if old.network is new.network:
                self.training.penalty = new.penalty
            else:
                training = self._make()
                training.G.load_state_dict(self.training.G.state_dict())
                training.number, training.generator = self.training.number, self.training.generator
                self.training = training
                self._set_rates()
        self._request()

    def _tried(self, change) -> None:
        """Set everything as a suggestion says, and begin again."""
        if TRIES[change["new"]] is None:
            return
        loss, cure, lr_G, lr_D, D_steps = TRIES[change["new"]]
        with self._together():
            self.loss.value, self.cure.value = loss, cure
            self.lr_G.value, self.lr_D.value, self.D_steps.value = lr_G, lr_D, D_steps
        self.reset()
