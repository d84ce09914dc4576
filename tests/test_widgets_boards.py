"""The boards of the toy faces and the player of their training, without a browser."""

import gc
import math
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
from widget_front_end import Still, is_live

from ganlib.widgets import DiscriminatorBoard, GeneratorBoard, ToyPlayer
from ganlib.widgets.base.canvas import unpack
from ganlib.widgets.base.sheet import Sheet, sigmoid, signed, verdict, weight_colour
from ganlib.widgets.toy_faces.player import mean_curves

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")


@pytest.fixture
def board():
    board = DiscriminatorBoard()
    yield board
    board.close()


@pytest.fixture
def generator():
    board = GeneratorBoard(weights=(1, -1, -1, 1), biases=(2, -2, -2, 2))
    yield board
    board.close()


def rounds(count=400):
    """Make a history whose numbers say which round it is."""
    return [
        SimpleNamespace(
            w=np.array([1.0, -1.0, 0.0, k / count]),
            b=-1.0,
            v=np.array([0.0, 1.0, 2.0, k / count]),
            c=np.full(4, -1.0),
            error_real=1.0 + k,
            error_fake=2.0,
            error_G=0.1 * k,
        )
        for k in range(count)
    ]


@pytest.fixture
def player():
    player = ToyPlayer(rounds())
    yield player
    player.close()


def status(panel) -> str:
    return unpack(panel.canvas.frame)[1]["status"]


def answer(panel) -> None:
    panel.canvas._handle_custom_msg({"kind": "drawn", "number": unpack(panel.canvas.frame)[1]["number"]}, [])


# The discriminator's board


def test_the_lectures_two_pictures(board):
    assert status(board) == "score 1.00 · D(x) = 0.73 · a face"
    answer(board)
    board.menu.value = (0.25, 1.0, 0.5, 0.75)
    assert status(board) == "score −1.50 · D(x) = 0.18 · not a face"
    assert board.state.pixels == (0.25, 1.0, 0.5, 0.75)


def test_on_the_border_it_is_undecided(board):
    board.menu.value = (0.5, 0.0, 0.0, 0.5)
    assert board.frame(board.state).status == "score 0.00 · D(x) = 0.50 · undecided"
    board.bias.value = -0.9
    assert board.frame(board.state).status.endswith("0.52 · a face")


def controls(board):
    groups = (
        [board.pixels, board.weights, [board.bias]]
        if isinstance(board, DiscriminatorBoard)
        else [[board.z], board.weights, board.biases]
    )
    return [control for group in groups for control in group]


@pytest.mark.parametrize("make", [lambda: DiscriminatorBoard((0.5, 0.5, 0.5, 0.5)), GeneratorBoard])
def test_every_slider_changes_the_picture_and_its_status_at_once(make):
    board = make()
    assert len(controls(board)) == 9
    for control in controls(board):
        board.weights[0].value = 1.0  # otherwise z has nothing to act on
        answer(board)
        before, at = board.canvas.pixels, control.value
        control.set_state({"value": at + (0.3 if at + 0.3 <= control.max else -0.3)})
        assert not np.array_equal(board.canvas.pixels, before), control.description
        answer(board)
        control.value = at
        assert np.array_equal(board.canvas.pixels, before), "back where it was, the same picture"
    board.close()


def test_the_picture_is_a_pure_function_of_the_state(board, generator):
    for panel in (board, generator):
        state, first = panel.state, panel.render(panel.state)
        panel.zero()
        assert not np.array_equal(panel.render(panel.state), first) and np.array_equal(panel.render(state), first)


def test_the_menu_follows_the_pixels(board):
    board.pixels[1].value = 0.5
    assert board.menu.value == (1.0, 0.5, 0.0, 1.0)
    board.pixels[2].value = 0.3
    assert board.menu.label == "your own"
    board.menu.value = (1.0, 0.5, 0.5, 1.0)
    assert [control.value for control in board.pixels] == [1.0, 0.5, 0.5, 1.0]


def test_back_to_the_start_and_weights_to_zero(board, generator):
    board.menu.value = (0.25, 1.0, 0.5, 0.75)
    board.zero()
    assert board.state.weights == (0, 0, 0, 0) and board.state.bias == 0 and board.state.pixels[1] == 1
    assert board.frame(board.state).status.endswith("undecided")
    board.reset()
    assert board.state == type(board.state)((1, 0, 0, 1), (1, -1, -1, 1), -1) and board.menu.value == (1, 0, 0, 1)
    generator.zero()
    assert generator.state.weights == generator.state.biases == (0, 0, 0, 0) and generator.state.z == 0.5
    generator.reset()
    assert generator.state.biases == (2, -2, -2, 2)


@pytest.mark.parametrize("arguments, message", [
    ({"pixels": (1, 0, 0)}, "pixels must be four numbers"), ({"weights": (1, 0)}, "weights must be four"),
    ({"pixels": (1, 0, 0, 1.5)}, "between 0 .white. and 1"),
])  # fmt: skip
def test_what_is_no_picture_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        DiscriminatorBoard(**arguments)


def test_weights_far_out_widen_their_sliders_and_do_not_overflow():
    board = DiscriminatorBoard(weights=(900, 0, 0, 900), bias=-5)
    assert board.frame(board.state).status == "score 1795.00 · D(x) = 1.00 · a face"
    board.close()


def test_the_drawing_shows_the_pixels(board):
    board.pixels[2].value = 0.5
    pixels = board.render(board.state)
    corners = [pixels[round(y * 1.5), round(x * 1.5), 0] for y, x in ((36, 26), (36, 132), (142, 26), (142, 132))]
    assert corners == [0, 255, 128, 0]
    assert pixels.dtype == np.uint8 and pixels.shape == (540, 840, 3)


# The generator's board


def test_the_generator_draws_what_its_formula_says(generator):
    pixels, said = generator._draws(generator.state, 0.5)
    one = 1 / (1 + math.exp(-2.5))
    assert np.allclose(pixels, [one, 1 - one, 1 - one, one])
    assert abs(said - 1 / (1 + math.exp(-(4 * one - 3)))) < 1e-12
    assert status(generator) == f"z = 0.50 · D(G(z)) = {said:.2f} · a face"


def test_from_grey_three_sliders_make_a_face_and_two_do_not():
    board = GeneratorBoard()
    board.biases[0].value, board.biases[3].value = 6, 6
    assert "not a face" in board.frame(board.state).status
    board.biases[1].value = -6
    assert "· a face" in board.frame(board.state).status
    board.close()


def test_another_discriminator_may_judge():
    board = GeneratorBoard(D_weights=(0, 0, 0, 0), D_bias=2)
    assert "0.88" in board.frame(board.state).status
    board.close()
    with pytest.raises(ValueError, match="z lies between 0 and 1"):
        GeneratorBoard(z=2)
    with pytest.raises(ValueError, match="D_weights must be four numbers"):
        GeneratorBoard(D_weights=(1, 2))


# What both leave on a page, and on closing


@pytest.mark.parametrize("make", [DiscriminatorBoard, GeneratorBoard, lambda: ToyPlayer(rounds())])
def test_a_page_without_a_kernel_gets_a_picture_with_words(make):
    panel = make()
    assert len(Still(panel).alt) > 40 and is_live(panel)
    assert panel.outputs()[-1]["text/plain"].startswith(type(panel).__name__)
    panel.close()
    panel.close()
    assert repr(panel).endswith("(closed)") and list(panel.outputs()[0]) == ["text/plain"]
    with pytest.raises(RuntimeError, match="is closed"):
        panel.picture()


def test_the_alternative_text_holds_the_numbers(board, generator):
    assert "0.73 · a face" in board.describe() and "weights 1 -1 -1 1" in board.describe()
    assert "0.92 0.08 0.08 0.92" in generator.describe()


def test_the_still_pictures_greys_are_the_pixels_own(generator):
    still = np.asarray(Still(generator).picture.convert("RGB"))
    greys = [still[round(230 * 1.5), round((24 + 108 * k) * 1.5)].tolist() for k in range(5)]
    wanted = [round(255 * (1 - float(sigmoid(z + 2)))) for z in (0, 0.25, 0.5, 0.75, 1)]
    assert greys == [[grey] * 3 for grey in wanted]


# The player


def test_scrubbing_shows_the_weights_of_that_round(player):
    last = len(player.steps) - 1
    assert player.steps[0] == 0 and player.steps[-1] == 399 and player.steps == sorted(set(player.steps))
    pictures = []
    for index in (0, last // 2, last):
        player.position.set_state({"value": index})
        assert status(player).startswith(f"round {player.steps[index]} · D(G(z)) = ")
        pictures.append(player.canvas.pixels)
        answer(player)
    assert not np.array_equal(pictures[0], pictures[1]) and not np.array_equal(pictures[1], pictures[2])
    w, v = [1, -1, 0, 399 / 400], np.array([0, 1, 2, 399 / 400])
    answers = [float(sigmoid(np.dot(w, sigmoid(v * z - 1)) - 1)) for z in (0, 0.25, 0.5, 0.75, 1)]
    assert status(player).endswith(f"{np.mean(answers):.2f} on average")


def test_stops_lie_closer_at_the_start(player):
    assert player.steps[5] < 0.5 * 5 * 399 / (len(player.steps) - 1)
    assert len(ToyPlayer(rounds(), pictures=10).steps) == 10
    assert ToyPlayer(rounds(3)).steps == [0, 1, 2]


def test_the_curves_are_means_of_the_errors():
    steps, curves = mean_curves(rounds(1200))
    assert steps[:3] == [0, 3, 6] and len(steps) == 400
    assert curves["loss_D"][1] == pytest.approx(1 + 4 + 2) and curves["loss_G"][1] == pytest.approx(0.4)
    assert curves["D_real"][0] == pytest.approx(np.exp([-1.0, -2.0, -3.0]).mean())
    assert curves["D_fake"][0] == pytest.approx(1 - math.exp(-2))
    assert mean_curves(rounds(7))[0] == list(range(7))


def test_dragging_the_curves_scrubs(player):
    place = player.chart.cursor(player.steps[60])[0]
    player.chart_canvas._handle_custom_msg({"kind": "pointer", "x": place, "y": 0.5}, [])
    assert player.state == 60
    player.chart_canvas._handle_custom_msg({"kind": "key", "key": "ArrowRight", "shift": True}, [])
    assert player.state == 70


def test_a_training_that_diverged_says_so():
    history = rounds(5)
    history[4].w = np.full(4, np.nan)
    player = ToyPlayer(history)
    assert player.frame(0).message == "" and "diverged" in player.frame(4).message
    player.close()


@pytest.mark.parametrize("arguments", [{"history": []}, {"history": rounds(3), "pictures": 1}])
def test_a_film_of_nothing_is_refused(arguments):
    with pytest.raises(ValueError, match="train first"):
        ToyPlayer(**arguments)


def test_closing_lets_the_history_go():
    history = rounds(50)
    player = ToyPlayer(history)
    gone = weakref.ref(history[0].w), weakref.ref(player.chart_canvas)
    player.close()
    del history
    gc.collect()
    assert [reference() for reference in gone] == [None, None]


# Drawing


def test_numbers_and_verdicts():
    assert [signed(value) for value in (-1.5, -0.001, 2)] == ["−1.50", "0.00", "2.00"]
    assert [verdict(p)[0] for p in (0.49, 0.5, 0.51)] == ["not a face", "undecided", "a face"]
    assert weight_colour(0.0) == "#ffffff" and weight_colour(3.0) == weight_colour(9.0) != weight_colour(-3.0)


def test_what_is_no_number_is_grey():
    sheet = Sheet(100, 100)
    sheet.pixels_square(0, 0, 100, (math.nan, 1.0, 0.0, 2.0), digits=None)
    assert [sheet.pixels[y, x, 0] for y, x in ((20, 20), (20, 120), (120, 20), (120, 120))] == [200, 0, 255, 0]
