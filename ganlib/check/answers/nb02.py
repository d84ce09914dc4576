"""References and mistakes of notebook 02."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F

from ganlib.check.exercise import Exercise, Mistake
from ganlib.models.pixelcnn import MaskedConv2d


def level_inputs(rng, case):
    shapes = [(1, 2, 1, 1), (2, 3, 2, 2), (3, 4, 5, 3), (2, 3, 4, 4), (2, 5, 3, 4), (3, 4, 5, 3), (3, 3, 3, 3)]
    n, levels, height, width = shapes[case]
    logits = rng.normal(0, 1, shapes[case])
    x = rng.integers(0, levels, (n, height, width))
    if case == 3:  # some probabilities round to 0, one of them in double precision, too
        logits *= 150
        logits[:, :, 0, 0], x[:, 0, 0] = [-450, 500, 0], 0
    if case == 4:  # the logits of one pixel are far from those of another, which changes no probability
        logits += np.where(rng.permuted(np.arange(n * height * width) % 2), 800, -800).reshape(n, 1, height, width)
    return {"logits": logits, "levels": x}


def picture_nll_answer(logits, levels):
    return F.cross_entropy(logits, levels, reduction="none").sum((1, 2))


def of_the_table(table, levels):
    return -table.gather(1, levels[:, None])[:, 0].sum((1, 2))


picture_nll = Exercise(
    id="02-1",
    name="picture_nll",
    title="-log p of a picture by the chain rule",
    drive="drive_picture_nll",
    inputs=level_inputs,
    answer=picture_nll_answer,
    cases=7,
    mistakes=(
        Mistake("That is log p, which is never positive. The loss is minus that.",
                lambda logits, x: -picture_nll_answer(logits, x)),
        Mistake("You average over the pixels. The chain rule multiplies probabilities, so their logarithms are "
                "summed.", lambda logits, x: F.cross_entropy(logits, x, reduction="none").mean((1, 2))),
        Mistake("One number came back for the whole batch, the mean over all pixels of all pictures, which is "
                "cross_entropy's own habit. Ask it not to reduce, and sum over the pixels of each picture.",
                F.cross_entropy),
        Mistake("One number came back for the whole batch: sum over the pixels only, one number a picture.",
                lambda logits, x: picture_nll_answer(logits, x).sum()),
        Mistake("One number came back for the whole batch: return one for each picture, the caller will average.",
                lambda logits, x: picture_nll_answer(logits, x).mean()),
        Mistake("Softmax twice: cross_entropy takes the logits and applies the softmax itself.",
                lambda logits, x: picture_nll_answer(logits.softmax(1), x)),
        Mistake("The softmax runs along the wrong axis. The levels are axis 1: for each pixel *their* probabilities "
                "add up to one.", lambda logits, x: of_the_table(logits.log_softmax(-1), x)),
        Mistake("The softmax runs along the batch. The levels are axis 1: for each pixel *their* probabilities add "
                "up to one.", lambda logits, x: of_the_table(logits.log_softmax(0), x)),
        Mistake("You sum the logits themselves. They become log-probabilities by a log-softmax over the levels.",
                lambda logits, x: of_the_table(logits, x)),
        Mistake("You sum the probabilities. It is their logarithms that add up to log p.",
                lambda logits, x: of_the_table(logits.softmax(1), x)),
        Mistake("You add up over all levels. Only the level that the pixel really has counts.",
                lambda logits, x: -logits.log_softmax(1).sum((1, 2, 3))),
        Mistake("Right for small logits, infinite for large ones: a probability rounds to 0 before the logarithm "
                "sees it. Take softmax and logarithm in one step.",
                lambda logits, x: of_the_table(logits.softmax(1).log(), x)),
        Mistake("That is in bits. Nats are due: the natural logarithm.",
                lambda logits, x: picture_nll_answer(logits, x) / math.log(2)),
    ),
    explain=lambda inputs, expected, got: (
        "Right for small logits, wrong for large ones. Something added below the logarithm, or a clamp, changes the "
        "answer there: take softmax and logarithm in one step." if abs(inputs["logits"]).max() > 20 else None
    ),
)  # fmt: skip


def nats_inputs(rng, case):
    shape = [(1, 1, 1), (1, 28, 28), (3, 32, 32), (3, 8, 16), (3, 8, 16)][case]
    pixels = shape[0] * shape[1] * shape[2]
    return {"nats": rng.uniform(0.1, 3, [1, 3, 4, 5, 5][case]) * pixels, "shape": list(shape)}


def bits(nats, shape):
    return nats / (math.prod(shape) * math.log(2))


bits_per_dimension = Exercise(
    id="02-2",
    name="bits_per_dimension",
    title="from nats a picture to bits a dimension",
    drive="drive_bits_per_dimension",
    inputs=nats_inputs,
    answer=bits,
    cases=5,
    mistakes=(
        Mistake("Still in nats: a bit is ln 2 nats.", lambda n, s: n / math.prod(s)),
        Mistake("You multiply by ln 2 where you should divide: 0.69 nats are one whole bit, so bits are the larger "
                "number.", lambda n, s: n * math.log(2) / math.prod(s)),
        Mistake("That is bits a *picture*: divide by how many numbers a picture has.", lambda n, s: n / math.log(2)),
        Mistake("You divide by the pixels. A dimension is one number, and a pixel of a colour picture has three: H, "
                "W *and* C count.", lambda n, s: n / (s[1] * s[2] * math.log(2))),
        Mistake("The sign: nats a picture were -log p already, so bits come out positive.", lambda n, s: -bits(n, s)),
        Mistake("You take the logarithm of the nats. They are logarithms already; only the unit changes, by a factor.",
                lambda n, s: torch.log2(n) / math.prod(s)),
        Mistake("You divide by 2. A bit is ln 2 = 0.693 nats.", lambda n, s: n / (2 * math.prod(s))),
        Mistake("Average over nothing: one number for each picture is due.", lambda n, s: bits(n, s).mean()),
    ),
)  # fmt: skip


def mask_inputs(rng, case):
    drawn = 11 + 2 * int(rng.integers(12))  # so that no list of masks passes every run
    return {"kind": "AB"[case % 2], "kernel": [3, 5, 7, 1, 9, drawn][case // 2]}


def mask_of(kind, kernel):
    return MaskedConv2d(kind, 1, 1, kernel).mask.clone().view(kernel, kernel)


def mask_by(rule):
    """Return a function that makes a mask from a rule about (row, column, middle, kind): True is 1."""

    def causal_mask(kind, kernel):
        middle = kernel // 2
        rows = [[float(rule(i, j, middle, kind)) for j in range(kernel)] for i in range(kernel)]
        return torch.tensor(rows)

    return causal_mask


causal_mask = Exercise(
    id="02-3",
    name="causal_mask",
    title="the masks of type A and B",
    drive="drive_causal_mask",
    inputs=mask_inputs,
    answer=mask_of,
    cases=12,
    mistakes=(
        Mistake("A and B are exchanged: A hides the pixel itself, B may use the middle.",
                lambda kind, k: mask_of("BA"["AB".index(kind)], k)),
        Mistake("The middle is hidden in both types. B may use it: there stands what the layer below computed.",
                lambda kind, k: mask_of("A", k)),
        Mistake("The middle is seen in both types. In A it is the very pixel that is to be guessed.",
                lambda kind, k: mask_of("B", k)),
        Mistake("The rows below the middle are still on: they come later in reading order.",
                mask_by(lambda i, j, m, kind: j < m + (kind == "B") or i != m)),
        Mistake("In the middle row the pixels to the right are still on: they come later in reading order.",
                mask_by(lambda i, j, m, kind: i < m or (i == m and (j != m or kind == "B")))),
        Mistake("Only the middle row is on. All of the rows above come earlier, too.",
                mask_by(lambda i, j, m, kind: i == m and j < m + (kind == "B"))),
        Mistake("Only the rows above are on. What is left of the middle, in its own row, comes earlier, too.",
                mask_by(lambda i, j, m, kind: i < m or (kind == "B" and i == j == m))),
        Mistake("You hide the right half of every row. In the rows above, the pixels on the right come earlier, too.",
                mask_by(lambda i, j, m, kind: (i < m and j <= m) or (i == m and j < m + (kind == "B")))),
        Mistake("You hide the right half of every row. In the rows above, the pixels on the right come earlier, too.",
                mask_by(lambda i, j, m, kind: i <= m and j < m + (kind == "B"))),
        Mistake("Rows and columns are exchanged: the first index of a mask is the row.",
                lambda kind, k: mask_of(kind, k).T),
        Mistake("The mask is inside out: 1 keeps a weight, 0 hides it.", lambda kind, k: 1 - mask_of(kind, k)),
    ),
)  # fmt: skip

EXERCISES = (picture_nll, bits_per_dimension, causal_mask)
