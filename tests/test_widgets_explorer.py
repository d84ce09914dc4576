"""The latent explorer, moved by a front end that answers late, never, or twice."""

import gc
import tracemalloc
import weakref

import ipywidgets
import numpy as np
import pytest
import torch
from widget_front_end import FrontEnd, Still, is_live
from widget_stand_in import Blob

from ganlib.widgets import LatentExplorer
from ganlib.widgets.base.panel import WIDGET_VIEW, family

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")


@pytest.fixture
def explorer():
    explorer = LatentExplorer(Blob(), directions="axes", rows=3, columns=4)
    yield explorer
    explorer.close()


def test_a_storm_of_dragging_ends_with_the_right_picture_and_few_frames(explorer):
    front = FrontEnd(explorer)
    values = np.linspace(-3, 3, 200).round(1)
    front.drag(explorer.sliders[0], values)
    assert len(front.frames) == 1, "only one frame leaves before the first answer"
    front.answer_all()
    assert len(front.frames) == 2, "then only the newest"
    assert np.array_equal(front.frames[-1][0], explorer.render(explorer.state))
    assert explorer.state.offsets[0] == 3.0


def test_an_answer_between_movements_brings_each_time_the_newest(explorer):
    front = FrontEnd(explorer)
    for value in np.arange(-3, 3.1, 0.5):
        front.drag(explorer.sliders[1], [value - 0.1, value])
        front.answer_all()
        assert np.array_equal(front.frames[-1][0], explorer.render(explorer.state))


def test_a_lost_answer_delays_but_does_not_stop(explorer):
    front, now = FrontEnd(explorer), [0.0]
    explorer._pump._clock = lambda: now[0]
    front.drag(explorer.sliders[0], [1.0, 2.0])
    now[0] = 100.0
    front.drag(explorer.sliders[0], [3.0])
    assert np.array_equal(front.frames[-1][0], explorer.render(explorer.state))


def test_the_slider_moves_what_its_direction_says(explorer):
    def middle(picture):
        first = picture[:32, :32].astype(float)
        rows, columns = np.indices(first.shape)
        return (rows * first).sum() / first.sum(), (columns * first).sum() / first.sum()

    front = FrontEnd(explorer)
    row, column = middle(explorer.canvas.pixels)
    front.drag(explorer.sliders[0], [3.0])
    front.answer_all()
    moved_row, moved_column = middle(explorer.canvas.pixels)
    assert moved_column > column + 3 and abs(moved_row - row) < 0.5


def test_back_at_zero_the_bytes_are_the_same(explorer):
    front, before = FrontEnd(explorer), explorer.canvas.pixels
    for slider in explorer.sliders:
        front.drag(slider, [1.3])
        front.answer_all()
    assert not np.array_equal(explorer.canvas.pixels, before)
    explorer.reset()
    front.answer_all()
    assert np.array_equal(explorer.canvas.pixels, before)
    assert len(front.frames) == len(explorer.sliders) + 1, "a reset of all sliders draws once"


def test_z_is_readable_and_draws_the_picture(explorer):
    explorer.sliders[2].value = 1.5
    z = explorer.z
    assert z.shape == (12, 8)
    torch.testing.assert_close(
        (z - torch.randn(12, 8, generator=torch.Generator().manual_seed(0)))[0],
        torch.tensor([0, 0, 1.5, 0, 0, 0, 0, 0]),
    )


def test_resampling_takes_the_next_seed(explorer):
    other = LatentExplorer(Blob(), directions="axes", rows=3, columns=4, seed=1)
    explorer.resample()
    assert explorer.seed == 1 and torch.equal(explorer.z, other.z)
    other.close()


def test_clicking_an_image_shows_it_large_and_clicking_again_the_grid(explorer):
    front = FrontEnd(explorer)
    grid = explorer.render(explorer.state)
    explorer.canvas._handle_custom_msg({"kind": "pointer", "x": 0.3, "y": 0.99}, [])
    front.answer_all()
    assert explorer.state.image == 2 * 4 + 1
    assert np.array_equal(explorer.canvas.pixels, grid[66:98, 33:65])
    explorer.canvas._handle_custom_msg({"kind": "key", "key": "ArrowUp", "shift": False}, [])
    front.answer_all()
    assert np.array_equal(explorer.canvas.pixels, grid[33:65, 33:65])
    explorer.canvas._handle_custom_msg({"kind": "pointer", "x": 0.5, "y": 0.5}, [])
    front.answer_all()
    assert np.array_equal(explorer.canvas.pixels, grid)


def test_only_what_is_shown_is_computed(explorer, monkeypatch):
    sizes = []
    real = explorer.sampler._call
    monkeypatch.setattr(explorer.sampler, "_call", lambda z, y: sizes.append(len(z)) or real(z, y))
    explorer.render(explorer.state)
    explorer.view.value = "one"
    assert sizes[0] == 12 and set(sizes[1:]) == {1}


def test_a_conditional_generator_gets_a_class_selector():
    explorer = LatentExplorer(Blob(classes=3), directions="axes", rows=2, columns=3)
    mixed = explorer.render(explorer.state)
    explorer.label.value = 2
    twos = explorer.render(explorer.state)
    assert not np.array_equal(mixed[:, :32], twos[:, :32])
    assert np.array_equal(mixed[:, 66:], twos[:, 66:]), "the third column showed class 2 before"
    assert explorer.label in family(explorer.box)
    explorer.close()


@pytest.mark.parametrize("directions", ["sideways", torch.zeros(2, 5), torch.zeros(8)])
def test_directions_that_make_no_sense_are_refused(directions):
    with pytest.raises(ValueError, match=r"tensor \(K, 8\)"):
        LatentExplorer(Blob(), directions=directions)


def test_given_directions_are_used_as_they_are():
    explorer = LatentExplorer(Blob(), directions=torch.eye(8)[:2] * 0.5, rows=1, columns=1)
    start = explorer.z
    explorer.sliders[1].value = 2.0
    torch.testing.assert_close(explorer.z - start, torch.eye(8)[1:2])
    explorer.close()


# When something is wrong


class Moody(Blob):
    mood = "fine"

    def forward(self, z):
        if self.mood == "error":
            raise RuntimeError("the weights are on strike")
        return super().forward(z) * {"fine": 1, "nan": torch.nan, "flat": 0}[self.mood]


def test_errors_and_bad_pictures_are_said_in_the_widget_and_pass():
    G = Moody()
    explorer = LatentExplorer(G, directions="axes", rows=2, columns=2)
    front, before = FrontEnd(explorer), explorer.canvas.pixels
    for mood, words in (("error", "the weights are on strike"), ("nan", "NaN"), ("flat", "constant"), ("fine", "")):
        Moody.mood = mood
        explorer.refresh()
        front.answer_all()
        assert words in front.header["message"] and bool(words) == bool(front.header["message"])
        if mood == "error":
            assert np.array_equal(explorer.canvas.pixels, before), "the last good picture stays"
            assert is_live(explorer) and Still(explorer).picture is None
            front.answer_all()
    assert np.array_equal(explorer.canvas.pixels, before)
    explorer.close()


# Beside others


def test_two_widgets_on_one_generator_and_its_training_do_not_disturb_each_other():
    def train(watched: bool):
        torch.manual_seed(0)
        G = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.BatchNorm1d(16), torch.nn.Dropout(0.3))
        G.append(torch.nn.Unflatten(1, (1, 4, 4)))
        G.z_dim = 4
        optimiser = torch.optim.Adam(G.parameters())
        widgets = [LatentExplorer(G, seed=k, rows=2, columns=2) for k in range(2)] if watched else []
        for step in range(5):
            for widget in widgets:
                widget.sliders[0].value = step / 10
                widget._pump.acknowledge(widget._pump.number)
            loss = G(torch.randn(8, 4)).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            assert G.training
        if watched:
            assert not torch.equal(widgets[0].z, widgets[1].z)
        return torch.cat([tensor.flatten().float() for tensor in G.state_dict().values()])

    assert torch.equal(train(False), train(True))


def test_the_picture_follows_the_weights():
    G = Blob()
    explorer = LatentExplorer(G, directions="axes", rows=2, columns=2)
    before = explorer.canvas.pixels
    with torch.no_grad():
        G.step.mul_(2)
    explorer.refresh()
    assert not np.array_equal(explorer.canvas.pixels, before)
    explorer.close()


# On the page


def test_each_place_finds_what_it_can_show(explorer):
    assert explorer.outputs()[-1]["text/plain"] == "LatentExplorer(Blob, z_dim=8, 3 x 4 images, seed=0)"
    assert is_live(explorer)
    still = Still(explorer)
    picture = np.asarray(still.picture)
    times = picture.shape[1] // explorer.canvas.pixels.shape[1]
    assert np.array_equal(picture[::times, ::times], explorer.canvas.pixels)
    assert still.alt == "3 by 4 grid of images that Blob draws from z of length 8"
    assert explorer.canvas.alt.startswith(still.alt)


@pytest.fixture
def published(monkeypatch):
    """Collect what IPython publishes, as (bundle, whether it updates an older one)."""
    from IPython.core.interactiveshell import InteractiveShell

    shell, sent = InteractiveShell.instance(), []

    def publish(data, metadata=None, *, update=False, **_):
        sent.append((data, update))

    monkeypatch.setattr(shell.display_pub, "publish", publish)
    return sent


def test_ipython_displays_the_picture_and_then_the_widget(explorer, published):
    from IPython.core.interactiveshell import InteractiveShell

    assert InteractiveShell.instance().display_formatter.format(explorer) == ({}, {}), "nothing is returned"
    assert [set(data) for data, _ in published] == [{"text/html", "text/plain"}, {WIDGET_VIEW, "text/plain"}]


def test_a_still_whose_loop_has_ended_is_asked_for_again(explorer, published, monkeypatch):
    later = []
    monkeypatch.setattr("ganlib.widgets.base.panel.call_later", lambda seconds, function: later.append(function))
    explorer._ipython_display_()
    for _ in range(3):
        explorer.refresh()
        FrontEnd(explorer).answer_all()
    assert len(later) == 1, "one for all pictures of a movement"
    explorer._still_due -= 10  # it should have come by now
    explorer.refresh()
    assert len(later) == 2


def test_the_static_picture_follows_what_was_seen_last(explorer, published, monkeypatch):
    explorer._ipython_display_()
    first = published[0][0]["text/html"]
    published.clear()
    explorer._keep_still()
    assert published == [], "not while something moves"
    explorer.sliders[0].value = 2.0
    FrontEnd(explorer).answer_all()
    monkeypatch.setattr("ganlib.widgets.base.panel.SETTLED", -1.0)
    explorer._keep_still()
    ((data, update),) = published
    assert update and data["text/html"] != first and "ganlib-still" in data["text/html"]
    explorer.close()
    explorer._keep_still()
    assert len(published) == 1, "a closed one leaves its last picture alone"


def test_every_control_has_a_label(explorer):
    for control in (*explorer.sliders, explorer.view, explorer.image):
        assert control.description
    assert explorer.canvas.alt


def open_widgets():
    if hasattr(ipywidgets.widgets.widget, "_instances"):
        return set(ipywidgets.widgets.widget._instances)
    return set(ipywidgets.Widget.widgets)


def test_closing_frees_the_generator_and_every_comm():
    before = open_widgets()
    G = Blob()
    explorer = LatentExplorer(G, rows=2, columns=2)
    assert len(open_widgets()) > len(before)
    explorer.sliders[0].value = 1.0
    explorer.outputs()
    gone = weakref.ref(G), weakref.ref(explorer.canvas)
    explorer.close()
    explorer.close()
    del G
    gc.collect()
    assert open_widgets() == before
    assert [reference() for reference in gone] == [None, None], "even though the closed explorer is still there"
    assert repr(explorer).startswith("LatentExplorer(Blob")
    assert explorer.outputs() == [{"text/plain": repr(explorer)}]
    with pytest.raises(RuntimeError, match="closed"):
        explorer.picture()


def test_long_movement_does_not_grow_memory(explorer):
    front = FrontEnd(explorer)
    front.frames = type("Forget", (), {"append": lambda self, frame: None})()

    def move(times):
        for k in range(times):
            front.drag(explorer.sliders[k % 8], [(k % 60) / 10 - 3])
            front.answer_all()

    move(100)
    gc.collect()
    tracemalloc.start()
    move(50)
    gc.collect()
    first = tracemalloc.get_traced_memory()[0]
    move(400)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - first
    tracemalloc.stop()
    assert grown < 5 * explorer.canvas.pixels.nbytes, f"{grown} bytes more after 400 frames"
