"""The toy faces: the lecture's pictures, and what notebook 05 writes out by hand against what the library has."""

import math
import random as plain_random

import numpy as np
import pytest
import torch
from test_taught import cells_with
from torch import nn

from ganlib import data, losses
from ganlib.data.toy_faces import FACES, NO_FACES, from_pixels, to_pixels
from ganlib.train import update_D, update_G
from ganlib.widgets import DiscriminatorBoard, GeneratorBoard
from ganlib.widgets.base.sheet import sigmoid as library_sigmoid

NOTEBOOK = "05_toy_faces"
MARKS = ("def sigmoid(", "def G(", "def slopes_face(", "def slopes_fake(", "def slopes_G(", "def train(")
ENDS = ("\nw, b = np", "\nv = np", "\ndef E_fake(", "\ndef E_G(")  # where a cell stops defining and starts showing


def definitions() -> str:
    """Return the notebook's little GAN: its definitions, without what the cells do with them."""
    parts = [cells_with(NOTEBOOK, mark) for mark in MARKS]
    for end in ENDS:
        parts = [part.partition(end)[0] for part in parts]
    return "\n".join(parts)


@pytest.fixture(scope="module")
def taught():
    space = {"np": np}
    exec(definitions(), space)
    return space


# The data


def test_the_pictures_are_the_lectures():
    toy = data.load("toy_faces")
    assert toy.image_shape == (1, 2, 2) and toy.labels.tolist() == [1, 1, 1, 1, 0]
    assert toy.classes == ("no face", "face")
    wanted = [[0.5, 0, 0, 0.5], [1, 0.5, 0.5, 1], [1, 0, 0, 1], [1, 0.5, 0, 1], [0.25, 1, 0.5, 0.75]]
    assert toy.attributes["pixels"].tolist() == wanted
    assert toy.images[2].tolist() == [[[1, -1], [-1, 1]]], "black ink is +1, white paper −1"
    assert toy.images[4].flatten().tolist() == [-0.5, 1, 0, 0.5]


def test_every_split_has_all_pictures_and_pixels_follow_a_choice():
    sets = [data.load("toy_faces", split) for split in ("train", "test", "all")]
    assert all(torch.equal(a.images, sets[0].images) for a in sets)
    faces = sets[0].take(sets[0].labels == 1)
    assert torch.equal(from_pixels(faces.attributes["pixels"]), faces.images) and len(faces) == 4


def test_pixels_and_images_are_inverse():
    pixels = torch.rand(6, 4, dtype=torch.float64)
    images = from_pixels(pixels)
    assert images.shape == (6, 1, 2, 2) and torch.allclose(to_pixels(images), pixels, rtol=0, atol=1e-15)
    assert from_pixels(pixels)[0, 0, 0, 1] == 2 * pixels[0, 1] - 1, "row by row"
    with pytest.raises(ValueError, match=r"\(N, 4\)"):
        from_pixels(torch.zeros(4))
    with pytest.raises(ValueError, match=r"\(N, 1, 2, 2\)"):
        to_pixels(torch.zeros(2, 2, 2))


# What the notebook writes out


def test_the_whole_gan_has_at_most_40_lines():
    lines = [line for line in ("import numpy as np\n" + definitions()).splitlines() if line.strip()]
    assert 30 < len(lines) <= 40, "the notebook says 40"


@pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")  # ipywidgets 7
def test_the_players_are_those_of_the_boards(taught):
    generator = np.random.RandomState(3)
    for _ in range(20):
        x, w, b = generator.rand(4).round(2), generator.normal(size=4), generator.normal()
        v, c, z = generator.normal(size=4), generator.normal(size=4), generator.rand()
        d_board = DiscriminatorBoard(x, w, b)
        g_board = GeneratorBoard(v, c, z, D_weights=w, D_bias=b)
        pixels, answer = g_board._draws(g_board.state, z)
        assert abs(float(d_board.frame(d_board.state).status.split("= ")[1][:4]) - taught["D"](x, w, b)) <= 0.005
        assert np.allclose(pixels, taught["G"](z, v, c), rtol=0, atol=1e-14)
        assert abs(answer - taught["D"](taught["G"](z, v, c), w, b)) < 1e-14
        d_board.close(), g_board.close()


def test_sigmoid_is_the_librarys(taught):
    s = np.linspace(-30, 30, 301)
    assert np.allclose(taught["sigmoid"](s), library_sigmoid(s), rtol=0, atol=1e-15)
    assert library_sigmoid(-1e4) == 0 and library_sigmoid(1e4) == 1, "no overflow (warnings are errors here)"


def tensors(*numbers):
    return [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]


@pytest.mark.parametrize("seed", range(30))
def test_slopes_are_those_of_the_librarys_losses(taught, seed):
    generator = np.random.RandomState(seed)
    x, w, b = generator.rand(4), 2 * generator.normal(size=4), generator.normal()
    z, v, c = generator.rand(), generator.normal(size=4), generator.normal(size=4)
    silent = torch.full((1,), -torch.inf, dtype=torch.float64)  # a score that costs nothing as a fake
    tw, tb, tv, tc = tensors(w, b, v, c)
    score = (tw @ torch.tensor(x) + tb)[None]
    pairs = [(taught["slopes_face"](x, w, b), torch.autograd.grad(losses.non_saturating.D(score, silent), [tw, tb]))]
    score = (tw @ torch.tensor(x) + tb)[None]
    pairs += [(taught["slopes_fake"](x, w, b), torch.autograd.grad(losses.non_saturating.D(-silent, score), [tw, tb]))]
    score = (tw @ torch.sigmoid(tv * z + tc) + tb)[None]
    pairs += [(taught["slopes_G"](z, v, c, w, b), torch.autograd.grad(losses.non_saturating.G(score), [tv, tc]))]
    for ours, theirs in pairs:
        for a, t in zip(ours, theirs):
            assert np.allclose(a, t.numpy(), rtol=0, atol=1e-12)


def networks(w, b, v, c):
    """Return the two players in torch with these weights."""
    D, G = nn.Sequential(nn.Linear(4, 1), nn.Flatten(0)).double(), nn.Sequential(nn.Linear(1, 4), nn.Sigmoid()).double()
    for parameter, value in zip([*D.parameters(), *G.parameters()], (w[None], [b], v[:, None], c)):
        parameter.data.copy_(torch.as_tensor(np.array(value)))
    return D, G


@pytest.mark.parametrize("rate, seed", [(0.1, 0), (0.3, 5)])
def test_training_is_update_d_and_update_g_step_for_step(taught, rate, seed):
    (w_end, b_end), (v_end, c_end), history = taught["train"](FACES, learning_rate=rate, epochs=25, seed=seed)
    D, G = networks(history[0].w, history[0].b, history[0].v, history[0].c)
    opt_D, opt_G = torch.optim.SGD(D.parameters(), lr=rate), torch.optim.SGD(G.parameters(), lr=rate)
    on_face = losses.GANLoss("face", lambda real, fake: losses.softplus(-real).mean(), losses.non_saturating.G)
    on_fake = losses.GANLoss("fake", lambda real, fake: losses.softplus(fake).mean(), losses.non_saturating.G)
    noise = np.random.RandomState(seed)
    noise.normal(size=13)
    for number, entry in enumerate(history):
        now = torch.cat([p.detach().flatten() for p in (*D.parameters(), *G.parameters())]).numpy()
        assert np.allclose(now, [*entry.w, entry.b, *entry.v, *entry.c], rtol=0, atol=1e-12), f"round {number}"
        x = torch.tensor([FACES[number % 4]], dtype=torch.float64)
        z = torch.tensor([[noise.rand()]], dtype=torch.float64)
        drawn = [update_D(G, D, opt_D, x, z, on_face)[0], update_D(G, D, opt_D, x, z, on_fake)[0]]
        drawn.append(update_G(G, D, opt_G, z, losses.non_saturating))
        noted = [entry.error_real, entry.error_fake, entry.error_G]
        assert np.allclose(drawn, noted, rtol=0, atol=1e-12), "what is drawn is what is minimised"
    last = torch.cat([p.detach().flatten() for p in (*D.parameters(), *G.parameters())]).numpy()
    assert np.allclose(last, [*w_end, b_end, *v_end, *c_end], rtol=0, atol=1e-12)


def by_scalars(faces, rate, epochs, seed):
    """Play the same game with plain floats, one at a time, and numbers drawn one at a time from the global stream."""
    np.random.seed(seed)
    sigma = lambda s: math.exp(s) / (1 + math.exp(s))  # noqa: E731
    w, b = [np.random.normal() for _ in range(4)], np.random.normal()
    v, c = [np.random.normal() for _ in range(4)], [np.random.normal() for _ in range(4)]
    for _ in range(epochs):
        for x in faces:
            p = sigma(sum(w[i] * x[i] for i in range(4)) + b)
            w, b = [w[i] + rate * (1 - p) * x[i] for i in range(4)], b + rate * (1 - p)
            z = np.random.rand()
            y = [sigma(v[i] * z + c[i]) for i in range(4)]
            p = sigma(sum(w[i] * y[i] for i in range(4)) + b)
            w, b = [w[i] - rate * p * y[i] for i in range(4)], b - rate * p
            p = sigma(sum(w[i] * y[i] for i in range(4)) + b)
            back = [(1 - p) * w[i] * y[i] * (1 - y[i]) for i in range(4)]
            v, c = [v[i] + rate * back[i] * z for i in range(4)], [c[i] + rate * back[i] for i in range(4)]
    return [*w, b, *v, *c]


@pytest.fixture
def global_stream():
    state = np.random.get_state()
    yield
    np.random.set_state(state)


@pytest.mark.parametrize("seed", [0, 42])
def test_a_run_from_elsewhere_is_reproduced_digit_for_digit(taught, seed, global_stream):
    shuffled = plain_random.Random(seed)
    faces = [[round(shuffled.random(), 1) for _ in range(4)] for _ in range(5)]
    wanted = by_scalars(faces, 0.01, 200, seed)
    for how in ({"seed": seed}, {"rng": np.random.RandomState(seed)}, {"rng": np.random}):
        np.random.seed(seed)
        (w, b), (v, c), _ = taught["train"](faces, learning_rate=0.01, epochs=200, **how)
        assert np.allclose([*w, b, *v, *c], wanted, rtol=0, atol=1e-12)


def test_every_argument_of_train_counts(taught):
    start = {"start_D": (np.ones(4), 0.5), "start_G": (np.zeros(4), np.arange(4.0))}
    (w, b), (v, c), history = taught["train"](FACES, epochs=3, **start)
    assert len(history) == 12 and history[0].b == 0.5
    assert np.array_equal(history[0].w, np.ones(4)) and np.array_equal(history[0].c, np.arange(4))
    assert np.array_equal(start["start_D"][0], np.ones(4)), "what was given stays as it was"
    for change in ({"seed": 1}, {"learning_rate": 0.2}, {"faces": NO_FACES}):
        other = taught["train"](**{"faces": FACES, "epochs": 3, **start, **change})
        assert not np.array_equal(other[0][0], w)


def test_two_neurons_teach_each_other_faces_from_every_start(taught):
    z = np.linspace(0, 1, 11)[:, None]
    for seed in range(20, 30):
        (w, b), (v, c), history = taught["train"](FACES, seed=seed)
        pictures = taught["G"](z, v, c)
        assert pictures[:, [0, 3]].min() > pictures[:, [1, 2]].max() + 0.1, f"seed {seed}: no dark diagonal"
        assert abs(library_sigmoid(pictures @ w + b) - 0.5).max() < 0.08, f"seed {seed}: D can still tell"
        assert abs(pictures.mean(axis=0) - np.mean(FACES, axis=0)).max() < 0.15
        errors = np.array([(entry.error_real + entry.error_fake, entry.error_G) for entry in history[-400:]])
        assert abs(errors.mean(axis=0) - [math.log(4), math.log(2)]).max() < 0.15
