"""The latent pad, without a browser."""

import numpy as np
import pytest
import torch
from widget_front_end import FrontEnd, point, press
from widget_stand_in import Blob, Linear

from ganlib.widgets import LatentPad, PadState

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")


def middle(picture) -> tuple[float, float]:
    weights = picture.astype(float)
    rows, columns = np.indices(weights.shape)
    return (rows * weights).sum() / weights.sum(), (columns * weights).sum() / weights.sum()


class Flat(Blob):
    """A generator with two numbers in z: right and down."""

    def __init__(self):
        super().__init__(z_dim=2)

    def forward(self, z):
        return super().forward(torch.cat([z, torch.zeros(len(z), 1)], dim=1))


@pytest.fixture
def pad():
    pad = LatentPad(Flat())
    yield pad
    pad.close()


def test_dragging_moves_the_image_where_the_pointer_goes_and_back(pad):
    front, start = FrontEnd(pad), pad.canvas.pixels
    point(pad.pad, 0.9, 0.5)
    front.answer_all()
    right = pad.canvas.pixels
    assert middle(right)[1] > middle(start)[1] + 4 and abs(middle(right)[0] - middle(start)[0]) < 0.5
    assert pad.state.x == pytest.approx(0.8 * 3) and pad.state.y == pytest.approx(0)
    torch.testing.assert_close(pad.z, torch.tensor([2.4, 0.0]))
    assert pad.pad.marker == pytest.approx([0.9, 0.5])
    point(pad.pad, 0.5, 0.1)  # up on the pad: y grows, and this generator's second number moves the spot down
    front.answer_all()
    assert middle(pad.canvas.pixels)[0] > middle(start)[0] + 4 and pad.pad.marker == pytest.approx([0.5, 0.1])
    point(pad.pad, 0.5, 0.5)
    front.answer_all()
    assert np.array_equal(pad.canvas.pixels, start)


def test_a_storm_ends_at_the_last_place(pad):
    front = FrontEnd(pad)
    for k in range(100):
        point(pad.pad, (k % 17) / 16, (k % 5) / 4)
    assert len(front.frames) == 1
    front.answer_all()
    assert len(front.frames) == 2 and np.array_equal(pad.canvas.pixels, pad.render(pad.state))
    assert pad.pad.marker == pytest.approx([(99 % 17) / 16, 1.0], abs=0.003)


@pytest.mark.parametrize(
    "key, x, y", [("ArrowLeft", -1, 0), ("ArrowRight", 1, 0), ("ArrowUp", 0, 1), ("ArrowDown", 0, -1)]
)
def test_arrow_keys_move_small_or_large_steps_and_stop_at_the_edge(pad, key, x, y):
    press(pad.pad, key)
    assert (pad.state.x, pad.state.y) == pytest.approx((0.06 * x, 0.06 * y))
    press(pad.pad, key, shift=True)
    assert (pad.state.x, pad.state.y) == pytest.approx((0.36 * x, 0.36 * y))
    for _ in range(20):
        press(pad.pad, key, shift=True)
    assert (pad.state.x, pad.state.y) == pytest.approx((3 * x, 3 * y))


def test_the_map_shows_at_each_place_what_the_image_shows_there(pad):
    field = pad.map(pad.state)
    size = field.shape[0] / pad.side
    for row, column in ((0, 0), (2, 9), (11, 5)):
        top, left = round(row * size) + 1, round(column * size) + 1
        part = field[top : top + 64, left : left + 64, 0]
        x, y = pad.place([(column + 0.5) / pad.side, 1 - (row + 0.5) / pad.side])
        there = middle(pad.render(PadState(float(x), float(y))))
        assert np.abs(np.array(middle(part)) / 63 - np.array(there) / 31).max() < 0.05


def test_the_map_is_drawn_once_until_the_plane_or_the_network_changes():
    pad, sent = LatentPad(Blob()), []
    pad.pad.observe(sent.append, "frame")
    for x in (0.2, 0.4, 0.6):
        point(pad.pad, x, x)
        pad._pump.acknowledge(pad._pump.number)
    assert not sent
    before = pad.z_at(PadState(), [[0, 0]])
    pad.renew.click()
    pad._pump.acknowledge(pad._pump.number)
    assert len(sent) == 1 and not torch.equal(pad.z_at(pad.state, [[0, 0]]), before)
    pad.G.step.data.mul_(2)
    pad.refresh()
    assert len(sent) == 2
    pad.close()


def test_a_place_is_origin_plus_x_u_plus_y_v():
    u, v, origin = torch.eye(8)[3], 2 * torch.eye(8)[5], torch.arange(8.0)
    pad = LatentPad(Blob(), plane=(u, v), origin=origin, extent=2)
    pad.move(1.5, -0.5)
    torch.testing.assert_close(pad.z, origin + 1.5 * u - 0.5 * v)
    pad.move(9, -9)
    assert (pad.state.x, pad.state.y) == (2, -2)
    pad.reset()
    torch.testing.assert_close(pad.z, origin)
    pad.close()


def test_the_plane_of_long_z_is_that_of_most_change():
    matrix = torch.diag(torch.tensor([1.0, 9, 2, 5]))
    pad = LatentPad(Linear(matrix, (1, 2, 2)))
    torch.testing.assert_close(pad.plane, torch.eye(4)[[1, 3]], atol=1e-3, rtol=0)
    pad.close()


def test_with_quantiles_equal_distances_are_equal_probabilities():
    pad = LatentPad(Flat(), quantiles=True)
    shares = np.linspace(0, 1, 5)
    places = pad.place(shares)
    np.testing.assert_allclose(pad.share(places), shares, atol=1e-9)
    steps = torch.special.ndtr(torch.as_tensor(places)).diff()
    torch.testing.assert_close(steps, steps[:1].expand(4))
    point(pad.pad, 1.0, 0.5)
    assert pad.state.x == pytest.approx(2.5758, abs=1e-3)
    pad.close()


def test_points_are_marked_in_the_colour_of_their_class():
    pad = LatentPad(Flat(), side=0, points=torch.tensor([[1.5, 0.0], [0.0, 1.5]]), classes=torch.tensor([0, 1]))
    field = pad.pad.pixels
    assert field[400, 600].tolist() == [0x00, 0x72, 0xB2] and field[200, 400].tolist() == [0xE6, 0x9F, 0x00]
    pad.close()


def test_a_conditional_decoder_gets_a_class_selector_and_another_map():
    pad = LatentPad(Blob(classes=3))
    field, image = pad.map(pad.state), pad.render(pad.state)
    pad.label.value = 2
    assert not np.array_equal(pad.map(pad.state), field) and not np.array_equal(pad.render(pad.state), image)
    pad.close()


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"plane": (torch.zeros(8),)}, "two directions"),
        ({"plane": (torch.zeros(8), torch.zeros(7))}, "direction of the plane"),
        ({"origin": torch.full((8,), torch.inf)}, "origin"),
        ({"extent": 0}, "extent"),
        ({"points": torch.zeros(3, 3)}, "points"),
        ({"points": torch.zeros(3, 2), "classes": torch.zeros(2)}, "3 points need"),
    ],
)
def test_what_makes_no_plane_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        LatentPad(Blob(), **wrong)


def test_one_number_is_no_plane():
    with pytest.raises(ValueError, match="at least two"):
        LatentPad(Linear(torch.ones(1, 4), (1, 2, 2)))


def test_the_static_picture_shows_pad_ring_and_image(pad):
    pad.move(1.5, 1.5)
    still = np.asarray(pad.still())
    vermilion = (np.abs(still[:, :400].astype(int) - [0xD5, 0x5E, 0x00]) < 70).all(axis=2)
    rows, columns = np.nonzero(vermilion)
    assert abs(rows.mean() - 100) < 3 and abs(columns.mean() - 300) < 3
    assert (still[:, 412:] > 200).all(axis=2).any()
