"""What every widget owes: errors and bad numbers are said and pass, memory stays, neighbours are left alone."""

import gc
import os
import weakref

import numpy as np
import psutil
import pytest
import torch
from tiny_gan import SHAPE, tiny_data, tiny_pair
from widget_front_end import FrontEnd, point
from widget_stand_in import Blob

from ganlib.train import Training
from ganlib.widgets import Interpolator, LatentExplorer, LatentPad, LiveTraining, PlaneLab
from ganlib.widgets.live_panel import LivePanel

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")


class Moody(Blob):
    """A generator whose images are what its mood says."""

    def __init__(self):
        super().__init__()
        self.mood = ["fine"]

    def forward(self, z):
        mood = self.mood[0]
        if mood == "error":
            raise RuntimeError("on strike")
        return super().forward(z) * {"fine": 1, "nan": torch.nan, "flat": 0}[mood]


def live_of(G) -> LiveTraining:
    """Watch a training whose generator is G."""
    data = tiny_data()

    def make():
        D = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.LazyLinear(1), torch.nn.Flatten(0))
        D(torch.zeros(1, 1, 32, 32))
        return Training(G, D, data.resized(32), batch_size=4)

    return LiveTraining(make, samples=4)


def plane_of(G) -> PlaneLab:
    """Return a lab whose generator has G's mood."""
    lab = PlaneLab("two bumps", hidden=8)
    real = lab.training.G.mlp

    class Player(torch.nn.Module):
        def forward(self, z):
            mood = G.mood[0]
            if mood == "error":
                raise RuntimeError("on strike")
            return real(z) * {"fine": 1, "nan": torch.nan, "flat": 0}[mood]

    lab.training.G.mlp = Player()
    lab.refresh()
    return lab


def slide(control, k):
    return control.set_state({"value": k % 60})


WIDGETS = {
    "explorer": (
        lambda G: LatentExplorer(G, directions="axes", rows=2, columns=2),
        lambda widget, k: widget.sliders[k % 8].set_state({"value": (k % 60) / 10 - 3}),
    ),
    "interpolator": (
        lambda G: Interpolator(G),
        lambda widget, k: slide(widget.position, k),
    ),
    "pad": (
        lambda G: LatentPad(G, side=2),
        lambda widget, k: point(widget.pad, (k % 97) / 96, (k % 31) / 30),
    ),
    "live": (live_of, lambda widget, k: (widget.lr_G.set_state({"index": k % 5}), widget._request())),
    "plane": (plane_of, lambda widget, k: point(widget.canvas, (k % 97) / 96, (k % 31) / 30)),
}


@pytest.fixture(params=WIDGETS)
def kind(request):
    return WIDGETS[request.param]


def test_errors_and_bad_numbers_are_said_and_pass(kind):
    make, _ = kind
    G = Moody()
    widget = make(G)
    front = FrontEnd(widget)
    front.answer_all()
    before = widget.canvas.pixels
    for mood, words in (
        ("error", ("on strike",)),
        ("nan", ("NaN",)),
        ("fine", ("",)),
        ("flat", ("constant", "same point")),
        ("fine", ("",)),
    ):
        G.mood[0] = mood
        widget.refresh()
        front.answer_all()
        message = front.header["message"]
        assert any(word in message for word in words) and bool(message) == (mood != "fine")
        if mood in ("error", "fine"):
            assert np.array_equal(widget.canvas.pixels, before), "an error leaves the last good picture"
    widget.close()


def test_twenty_thousand_movements_do_not_grow_the_kernel(kind):
    """Ten minutes of movement at 33 events a second, of which the browser draws every tenth or fewer."""
    make, move = kind
    widget = make(Moody())
    answered = 60 if isinstance(widget, PlaneLab) else 10  # its pictures are large
    process = psutil.Process(os.getpid())

    def movements(start, stop):
        for k in range(start, stop):
            move(widget, k)
            if k % answered == 0:
                number = widget._pump.in_flight
                widget.canvas._handle_custom_msg({"kind": "drawn", "number": number}, [])
        gc.collect()

    movements(0, 2000)
    before, objects = process.memory_info().rss, len(gc.get_objects())
    movements(2000, 20_000)
    assert process.memory_info().rss - before < 8e6, "bytes, less than 450 a movement"
    assert len(gc.get_objects()) - objects < 500
    widget.close()


def test_closing_frees_widget_networks_and_canvases(kind):
    make, move = kind
    G = Moody()
    widget = make(G)
    for k in range(5):
        move(widget, k)
    widget.outputs()
    gone = weakref.ref(G), weakref.ref(widget.canvas), weakref.ref(widget.box)
    widget.close()
    widget.close()
    del G
    gc.collect()
    assert [reference() for reference in gone] == [None] * 3
    assert repr(widget).endswith("(closed)")
    with pytest.raises(RuntimeError, match="closed"):
        widget.picture()
    if isinstance(widget, LivePanel):
        for action in (widget.start, widget.pause, widget.step, widget.reset):
            with pytest.raises(RuntimeError, match="closed"):
                action()


def test_all_kinds_on_one_generator_leave_each_other_alone():
    G = Moody()
    kinds = {name: WIDGETS[name] for name in ("explorer", "interpolator", "pad", "live")}
    alone = {}
    for name, (make, move) in kinds.items():
        widget = make(Moody())
        move(widget, 45)
        alone[name] = widget.render(widget.state)
        widget.close()
    together = {name: make(G) for name, (make, _) in kinds.items()}
    for name, (_, move) in kinds.items():
        others = {other: widget.render(widget.state) for other, widget in together.items() if other != name}
        move(together[name], 45)
        for other, picture in others.items():
            assert np.array_equal(together[other].render(together[other].state), picture)
    for name, widget in together.items():
        assert np.array_equal(widget.render(widget.state), alone[name])
        widget.close()
    assert G.training


def test_other_widgets_follow_a_live_training_when_asked_and_do_not_change_it():
    def train(watched: bool):
        G, D = tiny_pair(batch_norm_G=True)
        live = LiveTraining(lambda: Training(G, D, tiny_data(), batch_size=8), samples=4)
        explorer = LatentExplorer(G, directions="axes", rows=2, columns=2) if watched else None
        for k in range(4):
            live.advance(2)
            if explorer:
                before = explorer.render(explorer.state)
                explorer.sliders[0].value = k / 10
                assert before.shape == (2 * SHAPE[1] + 1, 2 * SHAPE[2] + 1)
        weights = torch.cat([tensor.flatten().float() for tensor in G.state_dict().values()])
        live.close()
        if explorer:
            explorer.close()
        return weights

    assert torch.equal(train(False), train(True))
