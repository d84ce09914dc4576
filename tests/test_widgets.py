"""The parts of every widget: pixel canvas, frame pump, tiles, faults, running a generator without disturbing it."""

import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from widget_stand_in import Blob, Linear

from ganlib.pictures import square_grid, tile, to_uint8
from ganlib.widgets.base.canvas import PixelCanvas, check_picture, pack, unpack
from ganlib.widgets.base.images import enlarge, faults
from ganlib.widgets.base.panel import Stopwatch
from ganlib.widgets.base.pump import FramePump
from ganlib.widgets.base.sampler import Sampler, draw_z, evaluating, principal_directions, sensitivity

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")


def test_importing_ganlib_leaves_the_widgets_alone():
    code = "import sys, ganlib, ganlib.models, ganlib.runtime; print({'ipywidgets', 'anywidget'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"


# The canvas


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 3), (1, 1)])
def test_a_packed_picture_comes_back_with_its_texts(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    back, header = unpack(pack(pixels, 7, "seed 0 · cpu", "Ü"))
    assert np.array_equal(back, pixels)
    assert (header["number"], header["status"], header["message"]) == (7, "seed 0 · cpu", "Ü")


@pytest.mark.parametrize("shape", [(5,), (3, 5, 1), (3, 5, 4), (0, 5), (1, 3, 5, 3)])
def test_a_picture_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"\(H, W\) or \(H, W, 3\)"):
        check_picture(np.zeros(shape, np.uint8))


def test_floats_are_not_a_picture():
    with pytest.raises(TypeError, match="uint8"):
        check_picture(np.zeros((3, 5)))


def test_the_canvas_keeps_its_frame_for_views_that_open_later():
    canvas = PixelCanvas(alt="a grey square")
    assert canvas.pixels is None
    canvas.show(1, np.full((4, 4), 99, np.uint8))
    state = canvas.get_state()
    assert unpack(state["frame"])[0].tolist() == [[99] * 4] * 4
    assert state["alt"] == "a grey square"


def test_the_canvas_hands_on_what_the_browser_says():
    canvas, heard = PixelCanvas(), []
    canvas.on_drawn = lambda number: heard.append(number)
    canvas.on_pointer = lambda x, y: heard.append((x, y))
    canvas.on_key = lambda name, shift: heard.append((name, shift))
    for message in (
        {"kind": "drawn", "number": 3},
        {"kind": "pointer", "x": 0.25, "y": 1},
        {"kind": "key", "key": "ArrowUp", "shift": False},
        {"kind": "something else"},
    ):
        canvas._handle_custom_msg(message, [])
    assert heard == [3, (0.25, 1.0), ("ArrowUp", False)]


def test_the_canvas_answers_each_position_when_it_has_been_used_and_also_after_an_error(monkeypatch):
    canvas, order = PixelCanvas(pointer="drag"), []
    monkeypatch.setattr(canvas, "send", lambda content: order.append(content["kind"]))
    canvas.on_pointer = lambda x, y: order.append((x, y))
    canvas._receive({"kind": "pointer", "x": 0.5, "y": 0.25}, [])
    canvas._receive({"kind": "key", "key": "ArrowUp", "shift": False}, [])
    canvas.on_pointer = lambda x, y: 1 / 0
    with pytest.raises(ZeroDivisionError):
        canvas._receive({"kind": "pointer", "x": 0.5, "y": 0.25}, [])
    assert order == [(0.5, 0.25), "heard", "heard"]


# The pump


class Clock:
    """A clock that the test moves, and the calls that wait for it."""

    def __init__(self):
        self.now, self.calls = 0.0, []

    def __call__(self):
        return self.now

    def later(self, seconds, function, *arguments):
        self.calls.append((self.now + seconds, function, arguments))

    def move(self, seconds):
        self.now += seconds
        due, self.calls = [c for c in self.calls if c[0] <= self.now], [c for c in self.calls if c[0] > self.now]
        for _, function, arguments in due:
            function(*arguments)


def pump_of(state: list, **options):
    clock, sent = Clock(), []
    pump = FramePump(lambda number: sent.append((number, state[-1])), clock=clock, later=clock.later, **options)
    return pump, clock, sent


def test_at_most_one_frame_in_flight_and_the_newest_state_wins():
    state = [0]
    pump, _, sent = pump_of(state)
    for value in range(1, 101):
        state.append(value)
        pump.request()
    assert sent == [(1, 1)]
    pump.acknowledge(1)
    assert sent == [(1, 1), (2, 100)]
    pump.acknowledge(2)
    assert len(sent) == 2, "nothing new was asked for"


def test_a_lost_answer_does_not_stall():
    state = ["a"]
    pump, clock, sent = pump_of(state, timeout=1.0)
    pump.request()
    state.append("b")
    pump.request()
    clock.move(0.9)
    assert [what for _, what in sent] == ["a"]
    clock.move(0.2)
    assert [what for _, what in sent] == ["a", "b"]


def test_without_a_timer_the_next_request_finds_the_answer_lost():
    state, clock, sent = ["a"], Clock(), []
    pump = FramePump(lambda number: sent.append(state[-1]), timeout=1.0, clock=clock, later=lambda *_: None)
    pump.request()
    clock.now = 1.5
    state.append("b")
    pump.request()
    assert sent == ["a", "b"]


def test_an_answer_to_an_older_frame_frees_nothing():
    pump, clock, sent = pump_of([0], timeout=1.0)
    pump.request()
    clock.move(1.1)
    pump.request()
    pump.acknowledge(1)
    pump.request()
    assert len(sent) == 2
    pump.acknowledge(2)
    assert len(sent) == 3


def test_a_closed_pump_draws_no_more():
    pump, clock, sent = pump_of([0])
    pump.request()
    pump.request()
    pump.close()
    pump.acknowledge(1)
    pump.request()
    clock.move(5)
    assert len(sent) == 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["change", "answer", "lose", "wait"]), max_size=60))
def test_whatever_happens_the_last_state_is_drawn_and_never_two_are_on_their_way(events):
    state, on_their_way = [0], []
    clock = Clock()

    def draw(number):
        assert not on_their_way, "a frame left while another was on its way"
        on_their_way.append((number, state[-1]))
        shown.append(state[-1])

    shown = []
    pump = FramePump(draw, timeout=1.0, clock=clock, later=clock.later)

    def answer():
        if on_their_way:
            pump.acknowledge(on_their_way.pop()[0])

    for event in events:
        if event == "change":
            state.append(state[-1] + 1)
            pump.request()
        elif event == "answer":
            answer()
        elif event == "lose" and on_their_way:
            on_their_way.clear()
            clock.move(1.5)
        elif event == "wait":
            clock.move(0.3) if not on_their_way else None
    answer()
    if state[-1]:
        assert shown[-1] == state[-1]
    assert shown == sorted(set(shown)) or len(shown) <= len(state)


def test_requests_from_two_threads_never_draw_at_once():
    inside, most, drawn = [0], [0], []

    def draw(number):
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        drawn.append(number)
        pump.acknowledge(number)  # the browser may answer before this thread goes on
        threading.Event().wait(0.0005)
        inside[0] -= 1

    pump = FramePump(draw, later=lambda *_: None)
    threads = [threading.Thread(target=lambda: [pump.request() for _ in range(100)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]
    assert drawn == list(range(1, len(drawn) + 1))


# Tiles and faults


@pytest.mark.parametrize("channels", [1, 3])
def test_tiles_stand_where_they_should(channels):
    images = torch.arange(6 * channels * 4 * 5).reshape(6, channels, 4, 5).to(torch.uint8)
    sheet = tile(images, 2, 3)
    assert sheet.shape[:2] == (2 * 5 - 1, 3 * 6 - 1)
    for index in range(6):
        top, left = index // 3 * 5, index % 3 * 6
        there = sheet[top : top + 4, left : left + 5].reshape(4, 5, channels)
        assert np.array_equal(there, images[index].permute(1, 2, 0).numpy())
    assert (sheet[4] == 255).all() and (sheet[:, 5] == 255).all()


def test_too_many_tiles_or_channels_are_refused():
    with pytest.raises(ValueError, match="7 images do not fit into 2 rows of 3"):
        tile(torch.zeros(7, 1, 2, 2, dtype=torch.uint8), 2, 3)
    with pytest.raises(ValueError, match="not 2"):
        tile(torch.zeros(1, 2, 2, 2, dtype=torch.uint8), 1, 1)


def test_floats_become_the_nearest_grey():
    values = torch.tensor([-2.0, -1.0, 0.0, 1.0, 3.0, 0.5]).reshape(1, 1, 1, 6)
    assert to_uint8(values).flatten().tolist() == [0, 0, 128, 255, 255, 191]


def test_faults_are_named_and_counted():
    good = torch.rand(4, 1, 8, 8) * 2 - 1
    assert faults(good) == ""
    broken = good.clone()
    broken[1, 0, 3, 3] = torch.nan
    broken[2, 0, 0, 0] = torch.inf
    assert faults(broken).startswith("2 of 4 images hold NaN")
    flat = good.clone()
    flat[:3] = 0.25
    assert faults(flat).startswith("3 of 4 images are constant")
    assert faults(good[:1].expand(4, -1, -1, -1)) == "All 4 images are the same picture."


def test_numbers_that_are_not_finite_are_drawn_as_stripes():
    image = torch.full((1, 1, 8, 8), torch.nan)
    assert set(to_uint8(image).flatten().tolist()) == {96, 192}


@pytest.mark.parametrize("count, grid", [(1, (1, 1)), (5, (2, 3)), (64, (8, 8)), (10, (3, 4))])
def test_the_squarest_grid(count, grid):
    assert square_grid(count) == grid


def test_enlarging_repeats_whole_pixels():
    pixels = np.array([[0, 255]], np.uint8)
    assert np.asarray(enlarge(pixels, 6)).tolist() == [[0, 0, 0, 255, 255, 255]] * 3


def test_the_time_shown_is_a_calm_median():
    watch = Stopwatch(every=3600)
    assert watch.add(0.004) == "4.0 ms a frame"
    assert watch.add(9.0) == "4.0 ms a frame", "not renewed yet"
    watch.every = 0
    for _ in range(40):
        watch.add(0.025)
    assert watch.text == "25 ms a frame" and len(watch.recent) == 15


# Running a generator


def test_the_twin_shares_weights_for_ever_and_leaves_the_mode_alone():
    G = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    twin = evaluating(G)
    assert all(module.training for module in G.modules())
    assert not any(module.training for module in twin.modules())
    G[0].weight.data = torch.ones(4, 3)
    G[1].running_mean = torch.full((4,), 5.0)
    G[0].bias = nn.Parameter(torch.zeros(4))
    assert torch.equal(twin(torch.ones(1, 3)), G.eval()(torch.ones(1, 3)))


def test_a_layer_used_twice_is_one_layer_in_the_twin():
    layer = nn.Linear(2, 2)
    twin = evaluating(nn.Sequential(layer, layer))
    assert twin[0] is twin[1]


class Noisy(Blob):
    def forward(self, z):
        return super().forward(z) + 0.1 * torch.randn(len(z), 1, self.size, self.size)


@pytest.mark.parametrize("kind", [Blob, Noisy])
def test_sampling_leaves_no_trace(kind):
    G = kind().train()
    torch.manual_seed(3)
    before = torch.get_rng_state()
    sampler = Sampler(G)
    first = sampler(draw_z(4, 8, 0))
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(1)
    again = sampler(draw_z(4, 8, 0))
    assert torch.equal(first, again), "even a generator with noise of its own draws the same picture twice"
    assert G.training and G.dropout.training and not first.requires_grad


@pytest.mark.parametrize(
    "one, two, in_half, threads, half",
    [
        (0.001, 0.0001, 0.0001, 1, False),  # fast enough: no further look
        (0.1, 0.06, 0.06, 2, False),
        (0.1, 0.2, 0.2, 1, False),  # a busy machine: two threads wait for each other
        (0.1, 0.2, 0.04, 1, True),
        (0.1, 0.05, 0.02, 2, True),
        (0.1, 0.09, 0.09, 1, False),  # not worth it
    ],
)
def test_the_way_of_drawing_is_chosen_by_time_and_the_rest_of_the_kernel_keeps_its_own(
    one, two, in_half, threads, half
):
    seen, now, before = [], [0.0], torch.get_num_threads()

    class Counting(Blob):
        def forward(self, z):
            in_half_now, count = torch.is_autocast_enabled("cpu"), torch.get_num_threads()
            seen.append((count, in_half_now))
            now[0] += in_half if in_half_now else {1: one, 2: two}[count]
            return super().forward(z)

    torch.set_num_threads(2)
    try:
        sampler = Sampler(Counting())
        sampler.choose_speed(draw_z(4, 8, 0), clock=lambda: now[0])
        assert (len(seen) > 6) == (one > 0.008), "a fast one is not tried in other ways"
        seen.clear()
        images = sampler(draw_z(4, 8, 0))
        assert seen == [(threads, half)] and images.dtype == torch.float32
        assert torch.get_num_threads() == 2 and not torch.is_autocast_enabled("cpu")
    finally:
        torch.set_num_threads(before)


def test_half_precision_is_refused_where_one_would_see_it():
    class Steep(Linear):
        def forward(self, z):
            return torch.tanh(50 * super().forward(z))

    matrix = torch.randn(8, 64, generator=torch.Generator().manual_seed(0))
    z = draw_z(16, 8, 0)
    assert Sampler(Linear(matrix / 1000, (1, 8, 8)))._half_will_do(z)
    assert not Sampler(Steep(matrix, (1, 8, 8)))._half_will_do(z)


def test_what_is_no_generator_is_refused():
    with pytest.raises(TypeError, match="z_dim"):
        Sampler(nn.Linear(2, 2))
    wrong = nn.Linear(2, 2)
    wrong.z_dim = 2
    with pytest.raises(ValueError, match=r"\(N, C, H, W\)"):
        Sampler(wrong)(torch.zeros(1, 2))


def test_principal_directions_of_a_linear_map_are_its_singular_vectors():
    matrix = torch.randn(6, 1 * 4 * 4, generator=torch.Generator().manual_seed(0))
    left, singular, _ = torch.linalg.svd(matrix)
    directions, shares = principal_directions(Sampler(Linear(matrix, (1, 4, 4))), 6)
    assert torch.allclose((directions @ left).abs(), torch.eye(6), atol=2e-3)
    assert torch.allclose(shares, singular.square() / singular.square().sum(), atol=1e-4)


def test_sensitivity_is_the_mean_of_jacobian_products():
    G = Blob(z_dim=4, size=8).eval()
    estimate = sensitivity(Sampler(G), samples=5, seed=1)
    exact = torch.zeros(4, 4)
    for z in draw_z(5, 4, 1):
        J = torch.autograd.functional.jacobian(lambda z: G(z[None]).flatten(), z)
        exact += J.T @ J / 5
    assert torch.allclose(estimate.float(), exact, rtol=1e-2, atol=1e-3)
