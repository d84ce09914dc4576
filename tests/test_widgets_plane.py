"""The two-dimensional GAN lab, without a browser."""

import asyncio

import numpy as np
import pytest
import torch
from widget_front_end import FrontEnd, Still, point, press

from ganlib import plots
from ganlib.data.mixtures import GaussianMixture, two_bumps
from ganlib.losses import BY_NAME, minimax, non_saturating
from ganlib.widgets import PlaneLab
from ganlib.widgets.plane.data import DRAWING, MIXTURES, MOST, Drawing, from_mixture, from_points
from ganlib.widgets.plane.picture import FIELDS, SIZE, draw_plane, heat, lattice, palette, rgb, to_pixels
from ganlib.widgets.plane.players import CURES, LONGEST, TRIES, PlaneGenerator, net, pulls, verdicts

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")


# Data


@pytest.mark.parametrize("name", MIXTURES)
def test_its_own_data_cover_every_mode_and_are_good(name):
    data = from_mixture(MIXTURES[name]())
    modes, good = data.measure(data.points)
    assert modes == len(data.places) and good > 0.97
    assert data.points.abs().max() < data.extent
    assert data.measure(torch.zeros(0, 2)) == (0, 0.0)
    assert data.measure(torch.full((50, 2), torch.nan)) == (0, 0.0)


def test_a_mode_needs_a_part_of_its_fair_share():
    data = from_mixture(MIXTURES["two bumps"]())
    samples = data.places[:1].expand(1000, 2).clone()
    assert data.measure(samples) == (1, 1.0)
    samples[:99] = data.places[1]
    assert data.measure(samples)[0] == 1
    samples[:100] = data.places[1]
    assert data.measure(samples)[0] == 2
    samples[:500] = torch.tensor([0.0, 1.0])
    assert data.measure(samples) == (1, 0.5)


def test_a_drawing_grows_where_it_is_touched_and_stays_bounded():
    drawing = Drawing()
    drawing.touch(0.5, -0.5)
    assert (drawing.points - torch.tensor([0.5, -0.5])).norm(dim=1).max() < 0.15
    for k in range(400):
        drawing.touch(k / 400, 0.0)
    assert len(drawing.points) == MOST and drawing.data().measure(drawing.points)[1] > 0.9


# The picture


def test_the_palette_runs_from_orange_over_white_to_blue():
    fake, middle, real = palette()[0].astype(int), palette()[127].astype(int), palette()[-1].astype(int)
    assert fake[0] > fake[2] + 100 and real[2] > real[0] + 100 and middle.min() > 230
    light = palette().astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light[:128]) >= -1e-9).all() and (np.diff(light[128:]) <= 1e-9).all()


def test_the_map_is_the_right_way_up_and_grey_where_it_is_no_number():
    places = lattice(1.0)
    picture = heat((places[:, 1] > 0).astype(float))  # real above, fake below
    assert picture[20, 240, 2] > picture[20, 240, 0] + 50 and picture[460, 240, 0] > picture[460, 240, 2] + 50
    picture = heat((places[:, 0] > 0).astype(float))
    assert picture[240, 460, 2] > picture[240, 460, 0] + 50
    assert np.abs(heat(np.full(FIELDS**2, np.nan)).astype(int) - 128).max() == 0


def test_dots_stand_where_their_points_are_and_broken_ones_nowhere():
    samples = np.array([[0.5, 0.5], [np.nan, 0.0], [9.0, 0.0], [np.inf, -np.inf]])
    picture = draw_plane(verdicts=None, data=np.zeros((0, 2)), samples=samples, pulls=None, net=None, extent=1.0)
    rows, columns = np.nonzero((picture[: SIZE - 22] == rgb(plots.GAN)).all(axis=2))
    assert abs(rows.mean() - 0.25 * SIZE) < 2 and abs(columns.mean() - 0.75 * SIZE) < 2 and len(rows) < 40


def test_arrows_point_where_the_sample_is_pulled():
    pull = np.array([[0.4, 0.0]])
    plain = draw_plane(verdicts=None, data=pull * 9, samples=pull * 0, pulls=None, net=None, extent=1.0)
    drawn = draw_plane(verdicts=None, data=pull * 9, samples=pull * 0, pulls=pull, net=None, extent=1.0)
    rows, columns = np.nonzero((plain != drawn).any(axis=2))
    assert abs(rows.mean() - SIZE / 2) < 4 and columns.min() > SIZE / 2 and abs(columns.max() - 0.7 * SIZE) < 4


def test_pixels_of_the_corners():
    corners = to_pixels(np.array([[-2.0, 2.0], [2.0, -2.0]]), 2.0)
    assert corners.tolist() == [[0, 0], [SIZE - 1, SIZE - 1]]


# The players


def test_pulls_lead_down_the_loss_of_g():
    D = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Flatten(0))
    with torch.no_grad():
        D[0].weight.copy_(torch.tensor([[3.0, 4.0]]))
        D[0].bias.zero_()
    x = torch.randn(20, 2, generator=torch.Generator().manual_seed(0))
    arrows = pulls(D, non_saturating, x)
    torch.testing.assert_close(arrows / arrows.norm(dim=1, keepdim=True), torch.tensor([[0.6, 0.8]]).expand(20, 2))
    assert arrows.norm(dim=1).max() < LONGEST
    assert D[0].weight.grad is None, "looking leaves no gradients"
    certain = torch.tensor([[-6.0, -8.0]])  # D is sure that it is fake: logit −50
    assert pulls(D, minimax, certain).norm() < 1e-6, "the minimax loss has saturated"
    assert pulls(D, non_saturating, certain).norm() > 0.8 * LONGEST


@pytest.mark.parametrize(
    "loss, scores, shares",
    [
        ("non_saturating", [-50.0, 0.0, 50.0], [0.0, 0.5, 1.0]),
        ("least_squares", [-1.0, 0.5, 2.0], [0.0, 0.5, 1.0]),
        ("hinge", [-1.0, 0.0, 3.0], [0.0, 0.5, 1.0]),
        ("wasserstein", [7.0, 8.0, 9.0], [0.0, 0.5, 1.0]),
    ],
)
def test_verdicts_are_read_as_the_loss_means_them(loss, scores, shares):
    torch.testing.assert_close(verdicts(torch.tensor(scores), loss), torch.tensor(shares))


def test_the_net_is_what_g_makes_of_straight_lines():
    G = PlaneGenerator(2, 4)
    G.mlp = torch.nn.Identity()
    lines = net(G, 5, 9)
    assert lines.shape == (10, 9, 2)
    assert (lines[0, :, 0] == -2).all() and torch.equal(lines[0, :, 1], torch.linspace(-2, 2, 9))
    assert (lines[9, :, 1] == 2).all()


# The lab


@pytest.fixture
def lab():
    lab = PlaneLab(hidden=16)
    yield lab
    lab.close()


@pytest.mark.parametrize("loss", BY_NAME)
@pytest.mark.parametrize("cure", CURES)
def test_every_loss_with_every_cure_trains_and_is_drawn(loss, cure):
    lab = PlaneLab("two bumps", loss=loss, cure=cure, hidden=8)
    lab.layers["net"].value = True
    lab.advance(3)
    assert lab.training.number == 3 and not lab.note
    frame = lab.frame(lab.state)
    assert frame.pixels.shape == (SIZE, SIZE, 3) and frame.status.startswith("step 3 · ")
    lab.close()


def test_step_and_reset_and_layers(lab):
    front, start = FrontEnd(lab), lab.canvas.pixels
    lab.one_step.click()
    front.answer_all()
    assert not np.array_equal(lab.canvas.pixels, start)
    lab.again.click()
    front.answer_all()
    assert np.array_equal(lab.canvas.pixels, start)
    for box in lab.layers.values():
        box.value = not box.value
        front.answer_all()
        assert not np.array_equal(lab.canvas.pixels, start)
        box.value = not box.value
        front.answer_all()
        assert np.array_equal(lab.canvas.pixels, start)


def test_a_fair_game_on_the_ring_covers_all_modes_and_a_fast_g_loses_them():
    lab = PlaneLab()
    lab.advance(800)
    modes, good = lab.measure()
    assert modes == 8 and good > 0.4
    lab.tries.value = "G too fast: mode collapse"
    assert lab.training.number == 0 and (lab.lr_G.value, lab.lr_D.value) == (1e-2, 1e-3)
    lab.advance(600)
    assert lab.measure()[0] <= 3
    lab.close()


def test_suggestions_set_every_control(lab):
    for name, wanted in TRIES.items():
        if wanted:
            lab.tries.value = name
            training = lab.training
            found = (training.loss.name, lab.cure.value, training.lr_G, training.lr_D, training.D_steps)
            assert found == wanted and training.penalty is CURES[wanted[1]].penalty and training.number == 0


def test_loss_and_cure_change_while_the_training_goes_on(lab):
    lab.advance(2)
    lab.loss.value, lab.cure.value = "hinge", "R1 at the data"
    lab.advance(2)
    assert lab.training.number == 4 and lab.training.loss is BY_NAME["hinge"] and lab.training.penalty is not None


def test_other_data_begin_again(lab):
    lab.advance(2)
    lab.source.value = "spiral"
    assert lab.training.number == 0 and len(lab.data.places) == 40 and len(lab.training.data) == 4000


def test_pointing_asks_d_and_shows_a_ring(lab):
    front = FrontEnd(lab)
    point(lab.canvas, 0.75, 0.25)
    front.answer_all()
    assert lab.probe == pytest.approx((0.625, 0.625)) and lab.canvas.marker == pytest.approx([0.75, 0.25])
    with torch.no_grad():
        share = float(lab.training.D(torch.tensor([lab.probe])).sigmoid())
    assert front.header["status"].endswith(f"D here {share:.2f}")
    press(lab.canvas, "ArrowRight", shift=True)
    press(lab.canvas, "ArrowUp")
    assert lab.probe == pytest.approx((0.75, 0.65))
    assert not len(lab.drawing.points), "only one's own data are drawn on"


def test_drawing_makes_data_to_train_on(lab):
    front = FrontEnd(lab)
    lab.source.value = DRAWING
    lab.one_step.click()
    front.answer_all()
    assert "drag on the picture" in front.header["message"] and lab.training.number == 0
    blank = lab.render(lab.state)
    for k in range(5):
        point(lab.canvas, 0.3 + 0.1 * k, 0.3)
    front.answer_all()
    drawn = lab.canvas.pixels
    blue = (drawn[: SIZE - 22] == rgb(plots.REAL)).all(axis=2)
    assert front.header["message"] == "" and blue.any() and abs(np.nonzero(blue)[0].mean() - 0.3 * SIZE) < 12
    lab.advance(5)
    assert lab.training.number == 5 and set(lab.training.data.images.flatten(1).tolist()[0]) <= set(
        lab.drawing.points.flatten().tolist()
    )
    lab.clear.click()
    assert lab.training.number == 0 and np.array_equal(lab.render(lab.state), blank)


def test_a_quick_stroke_has_no_gaps(lab):
    lab.source.value = DRAWING
    point(lab.canvas, 0.1, 0.5)
    point(lab.canvas, 0.9, 0.5)
    across = lab.drawing.points[:, 0].sort().values
    assert across.diff().max() < 0.1 and across[0] < -0.9 and across[-1] > 0.9


def test_it_runs_by_itself_and_data_may_grow_meanwhile():
    async def scene():
        lab = PlaneLab(DRAWING, hidden=8)
        point(lab.canvas, 0.5, 0.5)
        front = FrontEnd(lab)
        lab.toggle.click()
        while lab.training.number < 10:
            await asyncio.sleep(0.001)
            front.answer_all()
        before, number = len(lab.training.data), lab.training.number
        point(lab.canvas, 0.2, 0.2)
        while lab.training.number < number + 5:
            await asyncio.sleep(0.001)
        assert len(lab.training.data) > before and lab.running
        lab.close()

    asyncio.run(scene())


def test_a_mixture_or_points_of_ones_own():
    mixture = GaussianMixture(torch.tensor([[2.0, 2.0], [-2.0, 0.0]]), 0.2)
    lab = PlaneLab(mixture, hidden=8)
    assert lab.data.extent == pytest.approx(2.6) and lab.source.value == "given"
    lab.close()
    lab = PlaneLab(torch.rand(50, 2), hidden=8)
    lab.advance(2)
    assert lab.training.number == 2 and not lab.note
    lab.close()


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"data": "rings"}, "ring, grid"),
        ({"data": torch.zeros(5, 3)}, r"points \(N, 2\)"),
        ({"data": two_bumps()}, r"\(K, 2\)"),
        ({"loss": "wgan"}, "wasserstein"),
        ({"cure": "R2"}, "R1 at the data"),
    ],
)
def test_what_the_lab_does_not_know_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        PlaneLab(**wrong)


def test_collapsed_and_diverged_and_lost_samples_are_named(lab):
    weights = list(lab.training.G.parameters())
    with torch.no_grad():
        weights[-2].zero_()
    assert "same point" in lab.frame(lab.state).message
    with torch.no_grad():
        weights[-1].fill_(50.0)
    assert "outside" in lab.frame(lab.state).message
    with torch.no_grad():
        weights[-1].fill_(torch.nan)
    assert "1000 of 1000 samples are NaN" in lab.frame(lab.state).message


def test_points_measure_themselves():
    points = torch.rand(30, 2)
    assert from_points(points).measure(points) == (30, 1.0)


def test_the_still_shows_a_trained_state_of_what_is_chosen_and_something_without_data():
    lab = PlaneLab("two bumps", hidden=8)
    fresh = Still(lab).picture
    assert lab.training.number == 0, "the training itself has not begun"
    assert fresh.tobytes() != lab.picture().convert(fresh.mode).tobytes(), "trained, unlike what the lab shows"
    lab.source.value = "grid"
    chosen, grid = Still(lab).picture, PlaneLab("grid", hidden=8)
    assert lab._further[0].data.images.equal(grid.training.data.images), "of the data that are chosen now"
    assert chosen.size == fresh.size
    lab.source.value = "my drawing"
    assert Still(lab).picture is not None, "a page without a kernel shows an empty plane"
    for one in (lab, grid):
        one.close()
