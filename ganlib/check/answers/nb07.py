"""References and mistakes of notebook 07."""

from __future__ import annotations

import torch
from torch import nn

from ganlib.check.exercise import Exercise, Mistake
from ganlib.models.dcgan import init_dcgan


def layer_inputs(rng, case):
    if case == 0:
        return {"layers": [[32, 4, 2, 1, False], [4, 4, 2, 1, True]]}
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
def init_with(network, conv=lambda w: w.normal_(0.0, 0.02), scale=lambda w: w.normal_(1.0, 0.02), biases=True,
              transposed=True, shifts=True):  # fmt: skip
    """Draw the weights; the further arguments are what may be wrong with it."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d) or (transposed and isinstance(layer, nn.ConvTranspose2d)):
            conv(layer.weight)
            if biases:
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
            layer.bias.zero_()


INIT = Exercise(
    id="07-2",
    name="init_weights",
    title="DCGAN's first weights",
    drive="drive_init_weights",
    inputs=lambda rng, case: {"channels": int(rng.integers(48, 97))},
    answer=init_dcgan,
    cases=2,
    rtol=0.06,
    atol=0.006,
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


def generator_inputs(rng, case):
    def one():
        shapes = [(4, 2), (4,), (4,), (4,), (3, 4), (3,)]
        weights = [rng.normal(size=shape) for shape in shapes]
        return {"weights": weights, "mean": rng.normal(size=4), "var": rng.uniform(0.5, 2.0, 4)}

    return {
        "G": one(),
        "average": one(),
        "decay": [0.9, 0.99, 0.5][case],
        "z": rng.normal(size=([6, 5, 4][case], 2)),
        "training": case != 1,
    }


@torch.no_grad()
def ema_update(G_ema, G, decay, buffers=lambda a, b, decay: a.copy_(b), parameters=lambda a, b, d: a.lerp_(b, 1 - d)):
    """Move the average towards G; the further arguments are what may be wrong with it."""
    for average, now in zip(G_ema.parameters(), G.parameters()):
        parameters(average, now, decay)
    for average, now in zip(G_ema.buffers(), G.buffers()):
        buffers(average, now, decay)


@torch.no_grad()
def moved_the_other(G_ema, G, decay):
    for average, now in zip(G_ema.parameters(), G.parameters()):
        now.lerp_(average, decay)
    for average, now in zip(G_ema.buffers(), G.buffers()):
        average.copy_(now)


EMA = Exercise(
    id="07-3",
    name="ema_update",
    title="an average of the generator",
    drive="drive_ema_update",
    inputs=generator_inputs,
    answer=ema_update,
    cases=3,
    mistakes=(
        Mistake("The two shares are exchanged: decay, which is close to 1, belongs to what the average was before.",
                lambda a, G, d: ema_update(a, G, d, parameters=lambda a, b, d: a.lerp_(b, d))),
        Mistake("Batch norm's running statistics are left behind: they are buffers, not parameters. Copy them.",
                lambda a, G, d: ema_update(a, G, d, buffers=lambda a, b, d: None)),
        Mistake("Both: the shares are exchanged, and batch norm's running statistics (buffers) are left behind.",
                lambda a, G, d: ema_update(a, G, d, lambda a, b, d: None, lambda a, b, d: a.lerp_(b, d))),
        Mistake("You average the buffers. Batch norm's statistics are running averages already: copy them.",
                lambda a, G, d: ema_update(a, G, d, lambda a, b, d: a.copy_(torch.lerp(a.float(), b.float(), 1 - d)))),
        Mistake("The average's buffers *are* G's now, the same memory: they move whenever G's do. Copy the numbers.",
                lambda a, G, d: ema_update(a, G, d, buffers=lambda a, b, d: setattr(a, "data", b.data))),
        Mistake("That copies G: nothing is averaged.",
                lambda a, G, d: ema_update(a, G, d, parameters=lambda a, b, d: a.copy_(b))),
        Mistake("The average never moves. Is the result written back into its parameters, in place?",
                lambda a, G, d: ema_update(a, G, d, parameters=lambda a, b, d: None)),
        Mistake("Nothing moves at all. Is the result written back, in place?", lambda a, G, d: None),
        Mistake("The shares do not sum to one: decay of the old and 1 - decay of the new.",
                lambda a, G, d: ema_update(a, G, d, parameters=lambda a, b, d: a.mul_(d).add_(b))),
        Mistake("decay times the average is missing: that adds a little of G each time, and grows without limit.",
                lambda a, G, d: ema_update(a, G, d, parameters=lambda a, b, d: a.add_((1 - d) * b))),
        Mistake("G is moved towards the average. G has to stay as it is: the average follows it.", moved_the_other),
    ),
)  # fmt: skip


def sample(G, z, evaluate=True, restore="mode", graph=False):
    """Return samples; the further arguments are what may be wrong with it."""
    mode = G.training
    if evaluate:
        G.eval()
    with torch.set_grad_enabled(graph):
        x = G(z)
    if restore == "mode":
        G.train(mode)
    elif restore == "train":
        G.train()
    return x


SAMPLE = Exercise(
    id="07-4",
    name="sample",
    title="sample without disturbing the training",
    drive="drive_sample",
    inputs=generator_inputs,
    answer=sample,
    cases=3,
    mistakes=(
        Mistake("eval() is forgotten: batch norm uses this batch's own statistics, so a sample depends on its "
                "neighbours, "
                "and the running statistics change.", lambda G, z: sample(G, z, evaluate=False)),
        Mistake("eval() is forgotten (batch norm uses this batch's own statistics), and the graph is kept: no_grad.",
                lambda G, z: sample(G, z, evaluate=False, graph=True)),
        Mistake("G stays in eval mode, and so the training goes on without batch statistics. Put its mode back.",
                lambda G, z: sample(G, z, restore="no")),
        Mistake("G is put into training mode, even if it was not in it before. Remember its mode (G.training).",
                lambda G, z: sample(G, z, restore="train")),
        Mistake("A graph hangs on the samples: memory for gradients that nobody wants. torch.no_grad().",
                lambda G, z: sample(G, z, graph=True)),
        Mistake("Two things are left: put G's mode back, and build no graph.",
                lambda G, z: sample(G, z, restore="no", graph=True)),
        Mistake("Two things are left: G's mode afterwards must be the one before (G.training), and no graph.",
                lambda G, z: sample(G, z, restore="train", graph=True)),
        Mistake("eval() is forgotten, and G is put into training mode.",
                lambda G, z: sample(G, z, evaluate=False, restore="train")),
    ),
)  # fmt: skip


def block_inputs(rng, case):
    before, after, side = [(2, 3, 2), (3, 4, 3), (4, 2, 4)][case]
    return {"W": rng.normal(0, 0.02, size=(before, after, 4, 4)), "x": rng.normal(size=(5, before, side, side))}


def block(norm=lambda c: nn.BatchNorm2d(c, momentum=0.2), active=nn.ReLU, stride=2, padding=1, order="cna"):
    """Return an up_block; the arguments are what may be wrong with it."""

    def up_block(before, after):
        parts = {"c": nn.ConvTranspose2d(before, after, 4, stride, padding), "n": norm(after), "a": active()}
        return nn.Sequential(*(parts[part] for part in order))

    return up_block


BLOCK = Exercise(
    id="07-5",
    name="up_block",
    title="find the bug that silences a generator",
    drive="drive_up_block",
    inputs=block_inputs,
    answer=block(),
    cases=3,
    mistakes=(
        Mistake("The bug is still there. Look up the arguments of nn.BatchNorm2d: which one comes second?",
                block(lambda c: nn.BatchNorm2d(c, 0.8))),
        Mistake("That was half of it. Keras' momentum is the share that is *kept*, torch's the share of the new batch: "
                "0.8 there is 0.2 here.", block(lambda c: nn.BatchNorm2d(c, momentum=0.8))),
        Mistake("eps is right, but the momentum is torch's 0.1. The code that was copied keeps 0.8, so 0.2 is new.",
                block(nn.BatchNorm2d)),
        Mistake("eps is 0.2 now. It is the *name* of the argument that is missing.",
                block(lambda c: nn.BatchNorm2d(c, 0.2))),
        Mistake("Batch normalisation is gone. It was not wrong, only its arguments were.", block(order="ca")),
        Mistake("The ReLU is gone.", block(order="cn")),
        Mistake("The order: convolution, normalisation, ReLU.", block(order="can")),
        Mistake("Only the normalisation was wrong; DCGAN's generator has a plain ReLU.",
                block(active=lambda: nn.LeakyReLU(0.2))),
        Mistake("The side is not doubled: stride 2 and padding 1, for a kernel of 4.", block(stride=1)),
        Mistake("The side is not doubled: the padding of 1 belongs to it.", block(padding=0)),
    ),
)  # fmt: skip

EXERCISES = (SIDE, INIT, EMA, SAMPLE, BLOCK)
