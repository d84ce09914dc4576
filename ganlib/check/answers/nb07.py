"""References and mistakes of notebook 07."""

from __future__ import annotations

import torch
from torch import nn

from ganlib.check.exercise import Exercise, Mistake
from ganlib.models.dcgan import init_dcgan

CONVOLUTIONS = (  # side, kernel, stride, padding: kernels of 1 and as wide as the map, and all kinds of remainders
    (9, 1, 1, 0), (9, 1, 2, 0), (10, 1, 3, 1), (5, 5, 1, 0), (5, 5, 3, 0), (7, 3, 2, 0), (8, 3, 2, 0), (10, 3, 2, 0),
    (10, 3, 3, 1), (11, 3, 3, 0), (9, 2, 3, 0), (28, 7, 4, 3), (3, 4, 2, 1), (64, 11, 4, 2), (1, 1, 1, 0), (1, 3, 1, 1),
    (6, 1, 1, 1),
)  # fmt: skip
TRANSPOSED = (  # a single pixel, strides beyond the kernel, and paddings that cut all but a little
    (1, 4, 1, 0), (1, 4, 2, 1), (7, 3, 2, 1), (5, 2, 3, 0), (4, 1, 1, 0), (6, 1, 2, 0), (5, 5, 1, 2), (9, 3, 3, 0),
    (16, 4, 2, 1), (10, 6, 3, 2), (3, 2, 1, 1), (6, 1, 1, 1),
)  # fmt: skip


def layer_inputs(rng, case):
    if case == 0:
        return {"layers": [[32, 4, 2, 1, False], [4, 4, 2, 1, True]]}
    if case == 1:
        return {"layers": [[*one, False] for one in CONVOLUTIONS] + [[*one, True] for one in TRANSPOSED]}
    layers = []
    while len(layers) < 8:
        side, kernel, stride = int(rng.integers(5, 40)), int(rng.integers(1, 6)), int(rng.integers(1, 4))
        layers.append([side, kernel, stride, int(rng.integers(0, max(kernel // 2, 1) + 1)), bool(rng.integers(2))])
    return {"layers": layers}


def side_after(side, kernel, stride, padding, transposed):
    if transposed:
        return (side - 1) * stride - 2 * padding + kernel
    return (side + 2 * padding - kernel) // stride + 1


def with_forward(forward):
    return lambda s, k, st, p, t: side_after(s, k, st, p, t) if t else forward(s, k, st, p)


def with_transposed(backward):
    return lambda s, k, st, p, t: backward(s, k, st, p) if t else side_after(s, k, st, p, t)


SIDE = Exercise(
    id="07-1",
    name="side_after",
    title="how large is the map behind a layer?",
    drive="drive_side_after",
    inputs=layer_inputs,
    answer=side_after,
    mistakes=(
        Mistake("Convolution: the + 1 is missing. A kernel as wide as the map still fits once.",
                with_forward(lambda s, k, st, p: (s + 2 * p - k) // st)),
        Mistake("Convolution: sides are whole numbers. What does not fill a stride any more is left out (//).",
                with_forward(lambda s, k, st, p: (s + 2 * p - k) / st + 1)),
        Mistake("Convolution: what does not fill a stride is left out, not rounded up.",
                with_forward(lambda s, k, st, p: -(-(s + 2 * p - k) // st) + 1)),
        Mistake("Convolution: the padding is there on both sides.",
                with_forward(lambda s, k, st, p: (s + p - k) // st + 1)),
        Mistake("Convolution: the padding is left out.", with_forward(lambda s, k, st, p: (s - k) // st + 1)),
        Mistake("Convolution: the kernel's width is left out; it is right for some sizes only.",
                with_forward(lambda s, k, st, p: s // st)),
        Mistake("The transposed convolution is treated like the ordinary one: it makes maps larger, and its formula "
                "is the "
                "other one solved for the side.", with_transposed(lambda s, k, st, p: side_after(s, k, st, p, False))),
        Mistake("Transposed: s pixels have s - 1 gaps between them, so the stride counts (side - 1) times.",
                with_transposed(lambda s, k, st, p: s * st - 2 * p + k)),
        Mistake("Transposed: padding *cuts* here, on both sides; you add it.",
                with_transposed(lambda s, k, st, p: (s - 1) * st + 2 * p + k)),
        Mistake("Transposed: the padding is cut on both sides.",
                with_transposed(lambda s, k, st, p: (s - 1) * st - p + k)),
        Mistake("Transposed: the padding is left out.", with_transposed(lambda s, k, st, p: (s - 1) * st + k)),
        Mistake("Transposed: the kernel's width is left out; side times stride is right for kernel 4, stride 2, "
                "padding 1 "
                "alone.", with_transposed(lambda s, k, st, p: s * st)),
        Mistake("The two formulas are exchanged.", lambda s, k, st, p, t: side_after(s, k, st, p, not t)),
    ),
)  # fmt: skip


@torch.no_grad()
def init_with(
    network,
    conv=lambda w: w.normal_(0.0, 0.02),
    scale=lambda w: w.normal_(1.0, 0.02),
    biases=True,
    transposed=True,
    shifts=True,
):
    """Draw the weights; the further arguments are what may be wrong with it."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d) or (transposed and isinstance(layer, nn.ConvTranspose2d)):
            conv(layer.weight)
            if biases and layer.bias is not None:
                layer.bias.zero_()
        elif isinstance(layer, nn.BatchNorm2d):
            scale(layer.weight)
            if shifts:
                layer.bias.zero_()


@torch.no_grad()
def top_level_only(network):
    for layer in network:
        if isinstance(layer, nn.Conv2d | nn.BatchNorm2d):
            layer.weight.normal_(0.0 if isinstance(layer, nn.Conv2d) else 1.0, 0.02)
            if layer.bias is not None:
                layer.bias.zero_()


INIT = Exercise(
    id="07-2",
    name="init_weights",
    title="DCGAN's first weights",
    drive="drive_init_weights",
    # Reference and answer both draw. Of n numbers with the spread 0.02, n >= 32768, two means differ by 0.00016 (one
    # standard deviation), two spreads by 0.00011, two tails (1.32) by 0.0042. Allowed are 0.001, 0.0014 and 0.027: over
    # 6 deviations, a right answer is refused less than once in 100,000 times. A spread of 0.018 or 0.022 lies 5
    # beyond, a mean of 0.002 and the tails of a uniform (1.16) or of a cut normal distribution (1.24) are 6 and more.
    inputs=lambda rng, case: {"channels": 2**15 + int(rng.integers(100))},
    answer=init_dcgan,
    cases=1,
    rtol=0.02,
    atol=0.001,
    mistakes=(
        Mistake("0.02 is the standard deviation; you use it as the variance, and its root is 0.14.",
                lambda n: init_with(n, lambda w: w.normal_(0, 0.02**0.5), lambda w: w.normal_(1, 0.02**0.5))),
        Mistake("0.02 is the standard deviation already: you square it, and all weights are nearly 0.",
                lambda n: init_with(n, lambda w: w.normal_(0, 0.02**2), lambda w: w.normal_(1, 0.02**2))),
        Mistake("Batch norm's scales lie around 0, so every map is almost switched off. Theirs is N(1, 0.02²).",
                lambda n: init_with(n, scale=lambda w: w.normal_(0, 0.02))),
        Mistake("Batch norm's scales are all exactly 1. DCGAN draws them, from N(1, 0.02²).",
                lambda n: init_with(n, scale=lambda w: w.fill_(1.0))),
        Mistake("Batch norm is left as it was: its scales and shifts belong to the recipe.",
                lambda n: init_with(n, scale=lambda w: w, shifts=False)),
        Mistake("The biases of the convolutions are left as they were: set them to 0.",
                lambda n: init_with(n, biases=False)),
        Mistake("The shifts (biases) of batch norm are left as they were: set them to 0.",
                lambda n: init_with(n, shifts=False)),
        Mistake("All biases are left as they were: set them to 0.", lambda n: init_with(n, biases=False, shifts=False)),
        Mistake("You forget nn.ConvTranspose2d, which is no nn.Conv2d: the generator is made of them.",
                lambda n: init_with(n, transposed=False)),
        Mistake("Layers inside of other modules are left out. network.modules() walks through all of them.",
                top_level_only),
        Mistake("The weights are drawn from a uniform distribution. DCGAN's is a normal one.",
                lambda n: init_with(n, lambda w: w.uniform_(-0.02, 0.02))),
        Mistake("The weights are drawn from a uniform distribution with the right spread. DCGAN's is a normal one.",
                lambda n: init_with(n, lambda w: w.uniform_(-0.02 * 3**0.5, 0.02 * 3**0.5))),
        Mistake("Nothing changed: are you drawing into a copy? The functions that end in _ change a tensor in place.",
                lambda n: None),
    ),
)  # fmt: skip

EXERCISES = (SIDE, INIT)
