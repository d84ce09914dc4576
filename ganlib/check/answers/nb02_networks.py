"""References and mistakes of notebook 02: layers, and drawing."""

from __future__ import annotations

import itertools

import torch
import torch.nn.functional as F
from torch import nn

from ganlib.check.drive.nb02 import TinyPixelCNN
from ganlib.check.drive.tools import array, tensor
from ganlib.check.exercise import Exercise, Mistake
from ganlib.models.pixelcnn import MaskedConv2d


def conv_inputs(rng, case):
    channels, width, kernel = [(1, 1, 3), (1, 2, 3), (2, 3, 5), (3, 2, 5), (2, 2, 3), (1, 2, 1)][case]
    return {
        "kind": "BAABBB"[case],
        "weight": rng.normal(0, 1, (width, channels, kernel, kernel)),
        "bias": rng.normal(0, 1, width),
        "x": rng.normal(0, 1, (2, channels, 4, 5)),
        "training": case not in (2, 4),
        "double": case == 3,  # as the exercise's own network is
    }


def conv_with(forward, kinds=None, prepare=None):
    """Return a class of masked convolutions with another `forward` than the right one."""

    class CausalConv2d(MaskedConv2d):
        def __init__(self, kind, channels_in, channels_out, kernel):
            super().__init__(kinds or kind, channels_in, channels_out, kernel)
            if prepare:
                prepare(self)

        def forward(self, x):
            return forward(self, x)

    return CausalConv2d


def plain(layer, x):
    return layer._conv_forward(x, layer.weight, layer.bias)


def masked(layer, x):
    return layer._conv_forward(x, layer.weight * layer.mask, layer.bias)


def trained_mask(layer):
    mask = layer.mask
    del layer.mask
    layer.mask = nn.Parameter(mask)


def masked_gradient(layer):
    layer.weight.register_hook(lambda gradient: gradient * layer.mask)


CausalConv2d = Exercise(
    id="02-4",
    name="CausalConv2d",
    title="find the bug: a masked convolution that begins to peek",
    drive="drive_masked_conv",
    inputs=conv_inputs,
    answer=MaskedConv2d,
    cases=6,
    mistakes=(
        Mistake("The weights on later pixels are back as soon as new weights are loaded or the optimiser takes a "
                "step, because nothing keeps them at zero afterwards. Apply the mask every time that the layer is "
                "used.", conv_with(plain)),
        Mistake("You keep masked weights from *changing*, but weights that are loaded from a file come with all "
                "their values. Apply the mask every time that the layer is used.",
                conv_with(plain, prepare=masked_gradient)),
        Mistake("The optimiser trains your mask along with the weights, so it does not stay 0 and 1: it must not be "
                "a parameter.", conv_with(masked, prepare=trained_mask)),
        Mistake("The layer hides the middle in type B as well: `kind` makes no difference to it.",
                conv_with(masked, "A")),
        Mistake("The layer shows the middle in type A as well: `kind` makes no difference to it.",
                conv_with(masked, "B")),
        Mistake("The bias is lost on the way.",
                conv_with(lambda layer, x: layer._conv_forward(x, layer.weight * layer.mask, None))),
        Mistake("The picture shrinks: pad it by half a kernel on each side.",
                conv_with(lambda layer, x: F.conv2d(x, layer.weight * layer.mask, layer.bias))),
        Mistake("The mask is inside out: the layer sees the later pixels only.",
                conv_with(lambda layer, x: layer._conv_forward(x, layer.weight * (1 - layer.mask), layer.bias))),
    ),
)  # fmt: skip


def draw_inputs(rng, case):
    n, height, width = [(1, 1, 2), (4, 4, 4), (4, 4, 7), (4, 7, 4), (4, 4, 4)][case]
    inputs = {
        "first": rng.normal(0, 1.2, (4, 1, 5, 5)),
        "second": rng.normal(0, 1.5, (1, 4, 3, 3)),
        "u": rng.uniform(0, 1, (n, height, width)),
        "training": case in (0, 2),
    }
    return inputs if case < 2 else inputs | {"u": close_calls(inputs)}


@torch.no_grad()
def close_calls(inputs):
    """Return numbers that lie 0.002 beside the probabilities: whoever is off by more draws another picture.

    By those of `inputs["u"]` it is settled what is drawn, unless a probability is so near 0 or 1 that there is no room.
    """
    network, u = TinyPixelCNN(inputs["first"], inputs["second"]), tensor(inputs["u"])
    x = torch.zeros(len(u), 1, *u.shape[1:])
    for i, j in itertools.product(*map(range, u.shape[1:])):
        p = network(x)[:, 0, i, j].sigmoid()
        ink = (u[:, i, j] < p).where(p > 0.01, False).where(p < 0.99, True)
        x[:, 0, i, j] = torch.where(ink, 1.0, -1.0)
        u[:, i, j] = torch.where(ink, p - 0.002, p + 0.002)
    return array(u)


def draw_answer(network, u):
    return draw_by(toss, u, network)


@torch.no_grad()
def draw_by(write, u, network, places=None, ink=1.0, paper=-1.0):
    """Draw with another rule `write(logit, u, x) -> ink or not` or another order than the right ones."""
    n, height, width = u.shape
    x = torch.zeros(n, 1, height, width)
    for i, j in places or [(i, j) for i in range(height) for j in range(width)]:
        x[:, 0, i, j] = torch.where(write(network(x)[:, 0, i, j], u[:, i, j]), ink, paper)
    return x


def toss(logit, u):
    return u < logit.sigmoid()


def by_columns(network, u):
    return draw_by(toss, u, network, [(i, j) for j in range(u.shape[2]) for i in range(u.shape[1])])


@torch.no_grad()
def all_at_once(network, u):
    p = network(torch.zeros(len(u), 1, *u.shape[1:]))[:, 0].sigmoid()
    return torch.where(u < p, 1.0, -1.0)[:, None]


@torch.no_grad()
def row_by_row(network, u):
    x = torch.zeros(len(u), 1, *u.shape[1:])
    for i in range(u.shape[1]):
        x[:, 0, i] = torch.where(u[:, i] < network(x)[:, 0, i].sigmoid(), 1.0, -1.0)
    return x


@torch.no_grad()
def never_drawn(network, u):
    x = torch.zeros(len(u), 1, *u.shape[1:])
    for i in range(u.shape[1]):
        for j in range(u.shape[2]):
            x[:, 0, i, j] = 2 * network(x)[:, 0, i, j].sigmoid() - 1
    return x


def square_only(network, u):
    side = u.shape[1]
    return draw_by(toss, u, network, [(i, j) for i in range(side) for j in range(side)])


def one_number_a_picture(network, u):
    return draw_answer(network, u[:, :1, :1].expand_as(u))


draw = Exercise(
    id="02-5",
    name="draw",
    title="find the bug: a sampler that always draws the same",
    drive="drive_draw",
    inputs=draw_inputs,
    answer=draw_answer,
    cases=5,
    mistakes=(
        Mistake("Your pictures do not depend on u: you take the more likely value of each pixel. That draws the same "
                "picture every time. Toss the coin: ink where u is below p.",
                lambda net, u: draw_by(lambda logit, u: logit > 0, u, net)),
        Mistake("All pixels are guessed from an empty picture. The guess for a pixel must see what was drawn before "
                "it, so the network has to be asked again for each.", all_at_once),
        Mistake("You ask once a row, so the pixels of a row do not see each other. Ask again for each pixel.",
                row_by_row),
        Mistake("Paper is 0 in your pictures. The network was trained on ink = 1 and paper = -1.",
                lambda net, u: draw_by(toss, u, net, paper=0.0)),
        Mistake("Ink and paper are exchanged: write ink where u is *below* p.",
                lambda net, u: draw_by(lambda logit, u: u > logit.sigmoid(), u, net)),
        Mistake("You compare u with the logit. A logit is no probability: put it through a sigmoid.",
                lambda net, u: draw_by(lambda logit, u: u < logit, u, net)),
        Mistake("The sigmoid is there twice.",
                lambda net, u: draw_by(lambda logit, u: u < logit.sigmoid().sigmoid(), u, net)),
        Mistake("You go down the columns. The network was trained in reading order, row by row: the guess for a "
                "pixel needs everything above and to the left.", by_columns),
        Mistake("You write down the probability itself, a grey. Toss the coin, and write 1 or -1.", never_drawn),
        Mistake("Rows and columns are counted alike. The pictures need not be square.", square_only),
        Mistake("Every pixel of a picture uses the same random number. Use each pixel's own: u[:, i, j].",
                one_number_a_picture),
        Mistake("All pictures use the random numbers of the first one: take u[:, i, j], one for each picture.",
                lambda net, u: draw_answer(net, u[:1].expand_as(u))),
    ),
)  # fmt: skip

EXERCISES = (CausalConv2d, draw)
