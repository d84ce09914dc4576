"""References and mistakes of notebook 07: an average of the generator, samples of it, and one block."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import torch
from torch import nn

from ganlib.check.exercise import Exercise, Mistake


def generator_inputs(rng, case):
    """Return the numbers of two generators as `drive.nb07.small_G` takes them, a decay, and a batch of z."""

    def one():
        shapes = [(4, 2), (4,), (4,), (4,), (4, 4), (4,), (4,), (4,), (3, 4), (3,)]
        norms = [(rng.normal(size=4), rng.uniform(0.5, 2, 4), rng.integers(3, 999)) for _ in range(2)]
        return {"weights": [rng.normal(size=shape) for shape in shapes], "buffers": [*norms[0], *norms[1]]}

    return {
        "G": one(),
        "average": one(),
        "decay": [0.9, 0.99, 0.5, 0.0][case],
        "z": rng.normal(size=([6, 5, 4, 1][case], 2)) * [1, 1, 3, 1][case],
        "training": case != 1,
        "trainable": case == 2,
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


def averaged(a, b, decay):
    a.copy_(torch.lerp(a.float(), b.float(), 1 - decay))


def averaged_floats(a, b, decay):
    averaged(a, b, decay if a.is_floating_point() else 0.0)


AVERAGED = "You average the buffers. Batch norm's statistics are running averages already: copy them."

EMA = Exercise(
    id="07-3",
    name="ema_update",
    title="an average of the generator",
    drive="drive_ema_update",
    inputs=generator_inputs,
    answer=ema_update,
    cases=4,
    mistakes=(
        Mistake("The two shares are exchanged: decay, which is close to 1, belongs to what the average was before.",
                lambda a, G, d: ema_update(a, G, d, parameters=lambda a, b, d: a.lerp_(b, d))),
        Mistake("Batch norm's running statistics are left behind: they are buffers, not parameters. Copy them.",
                lambda a, G, d: ema_update(a, G, d, buffers=lambda a, b, d: None)),
        Mistake("Both: the shares are exchanged, and batch norm's running statistics (buffers) are left behind.",
                lambda a, G, d: ema_update(a, G, d, lambda a, b, d: None, lambda a, b, d: a.lerp_(b, d))),
        Mistake(AVERAGED, lambda a, G, d: ema_update(a, G, d, averaged)),
        Mistake(AVERAGED, lambda a, G, d: ema_update(a, G, d, averaged_floats)),
        Mistake("One kind of buffer is left behind: batch norm also counts its batches (num_batches_tracked).",
                lambda a, G, d: ema_update(a, G, d, lambda a, b, d: a.copy_(b) if a.is_floating_point() else None)),
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
    with nullcontext() if graph else torch.no_grad():
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
    cases=4,
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
    return {
        "W": rng.normal(0, 0.02, size=(before, after, 4, 4)),
        "x": rng.normal(size=(5, before, side, [side, 2, 3][case])),
        "scale": rng.uniform(2, 6, after) * rng.choice([-1, 1], after),
        "shift": rng.normal(size=after),
    }


def block(
    norm: Callable[[int], nn.Module] = lambda c: nn.BatchNorm2d(c, momentum=0.2),
    active: Callable[[], nn.Module] = nn.ReLU,
    stride=2,
    padding=1,
    order="cna",
):
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

EXERCISES = (EMA, SAMPLE, BLOCK)
