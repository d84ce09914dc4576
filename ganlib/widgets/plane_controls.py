"""The controls of the two-dimensional GAN lab, and what happens when they are changed."""

from __future__ import annotations

import ipywidgets

from ganlib.losses import BY_NAME
from ganlib.widgets.panel import text
from ganlib.widgets.plane_data import DRAWING, MIXTURES
from ganlib.widgets.plane_players import CURES, TRIES

LAYERS = {"D's map": "heat", "pulls": "pulls", "net of z": "net"}


class PlaneControls:
    """What PlaneLab's menus and boxes do; it is mixed into a `LivePanel` that has data and a training."""

    def _choices(self, data: str, loss: str, cure: str) -> None:
        wide, style = ipywidgets.Layout(width="100%"), {"description_width": "52px"}

        def choice(name, options, value):
            return ipywidgets.Dropdown(options=options, value=value, description=name, layout=wide, style=style)

        self.source = choice("data", [*(["given"] if self._own else []), *MIXTURES, DRAWING], data)
        self.loss = choice("loss", [(name.replace("_", " "), name) for name in BY_NAME], loss)
        self.cure = choice("cure", list(CURES), cure)
        self.tries = choice("try", list(TRIES), "choose …")
        self.clear = ipywidgets.Button(description="Clear the drawing", layout=ipywidgets.Layout(width="100%"))
        self.clear.layout.display = "" if data == DRAWING else "none"
        self.layers = {
            kind: ipywidgets.Checkbox(
                kind != "net", description=name, indent=False, layout=ipywidgets.Layout(width="auto")
            )
            for name, kind in LAYERS.items()
        }

    def _controls(self) -> list[ipywidgets.Widget]:
        self.clear.on_click(lambda _: self.clear_drawing())
        self.source.observe(self._data_changed, "value")
        self.tries.observe(self._tried, "value")
        self.loss.observe(self._loss_changed, "value")
        self.cure.observe(self._cure_changed, "value")
        for box in self.layers.values():
            box.observe(lambda _: self._request(), "value")
        layers = ipywidgets.HBox(list(self.layers.values()), layout=ipywidgets.Layout(justify_content="space-between"))
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
