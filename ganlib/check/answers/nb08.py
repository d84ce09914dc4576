"""References and mistakes of notebook 08."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import one_hot

from ganlib.check.exercise import Exercise, Mistake


def some_labels(rng, n, classes):
    """Return n labels below `classes`; the largest one is not among them, as in many a batch."""
    return rng.integers(0, classes - 1, n)


def label_inputs(rng, case):
    n, z_dim, classes = [(1, 2, 10), (4, 3, 10), (6, 2, 5), (5, 4, 3), (3, 1, 12)][case]
    y = np.array([11, 0, 9]) if case == 4 else some_labels(rng, n, classes)
    return {"z": rng.normal(size=(n, z_dim)), "y": y, "classes": classes}


def append_label(z, y, classes):
    return torch.cat([z, one_hot(y, classes).to(z)], 1)


APPEND_LABEL = Exercise(
    id="08-1",
    name="append_label",
    title="tell G what to draw",
    drive="drive_append_label",
    inputs=label_inputs,
    answer=append_label,
    cases=5,
    mistakes=(
        Mistake("You append the label as one number, as if a 4 lay between a 3 and a 5. Ten numbers: nine zeros and "
                "a one.",
                lambda z, y, c: torch.cat([z, y[:, None].to(z)], 1)),
        Mistake("You append the label as one number, scaled. A label is no quantity: one-hot.",
                lambda z, y, c: torch.cat([z, y[:, None].to(z) / (c - 1)], 1)),
        Mistake("The label stands in front. It is appended: z first.",
                lambda z, y, c: torch.cat([one_hot(y, c).to(z), z], 1)),
        Mistake("The number of classes is taken from the labels of this batch, so the width changes from batch to "
                "batch. "
                "Tell one_hot how many there are.", lambda z, y, c: torch.cat([z, one_hot(y).to(z)], 1)),
        Mistake("You join along the batch (dimension 0). The label belongs behind each z: dimension 1.",
                lambda z, y, c: torch.cat([z, one_hot(y, c).to(z)], 0)),
        Mistake("The labels are off by one: they start from 0.",
                lambda z, y, c: torch.cat([z, one_hot((y + 1) % c, c).to(z)], 1)),
        Mistake("Only the labels came back: z is what makes the samples differ.", lambda z, y, c: one_hot(y, c).to(z)),
        Mistake("z came back without a label.", lambda z, y, c: z),
        Mistake("No gradient leads back to z: no detach() here. Notebook 10 looks for a z by its gradient.",
                lambda z, y, c: append_label(z.detach(), y, c)),
        Mistake("Minus one is not zero: one-hot has zeros where the label is not.",
                lambda z, y, c: torch.cat([z, 2 * one_hot(y, c).to(z) - 1], 1)),
    ),
)  # fmt: skip


def plane_inputs(rng, case):
    n, channels, height, width, classes = [(1, 1, 2, 2, 4), (3, 1, 4, 4, 10), (4, 3, 2, 5, 5), (2, 2, 3, 2, 3),
                                           (5, 1, 1, 3, 6)][case]  # fmt: skip
    x = rng.uniform(-1, 1, (n, channels, height, width))
    y = some_labels(rng, n, classes)
    if case in (2, 4):  # the last class, and the first, whatever is drawn
        y = rng.permutation(np.arange(n) + (classes - n if case == 2 else 0))
    return {"x": x, "y": y, "classes": classes}


def planes_of(x, y, classes):
    return one_hot(y, classes).to(x)[:, :, None, None].expand(-1, -1, *x.shape[2:])


APPEND_PLANES = Exercise(
    id="08-2",
    name="append_planes",
    title="tell D what was asked for",
    drive="drive_append_planes",
    inputs=plane_inputs,
    answer=lambda x, y, c: torch.cat([x, planes_of(x, y, c)], 1),
    cases=5,
    mistakes=(
        Mistake("One plane with the label as its brightness: then a 4 is half-way from 3 to 5. One plane for each "
                "class.",
                lambda x, y, c: torch.cat([x, y.to(x)[:, None, None, None].expand(-1, 1, *x.shape[2:])], 1)),
        Mistake("planes[:, y] switches on the planes of *all* labels of the batch, for every picture. Each picture has "
                "one plane of its own.",
                lambda x, y, c: torch.cat([x, planes_of(x, y, c).amax(0, keepdim=True).expand(len(x), -1, -1, -1)], 1)),
        Mistake("One plane with the scaled label as its brightness: a label is no quantity. One plane for each class.",
                lambda x, y, c: torch.cat([x, y.to(x)[:, None, None, None].expand(-1, 1, *x.shape[2:]) / (c - 1)], 1)),
        Mistake("The planes stand in front: the picture's own channels come first.",
                lambda x, y, c: torch.cat([planes_of(x, y, c), x], 1)),
        Mistake("The number of classes is taken from the labels of this batch, so D's input has another width each "
                "time.",
                lambda x, y, c: torch.cat([x, planes_of(x, y, int(y.max()) + 1)], 1)),
        Mistake("All planes are full: only the one of the label is 1.",
                lambda x, y, c: torch.cat([x, torch.ones_like(planes_of(x, y, c))], 1)),
        Mistake("The planes are empty: that of the label should be 1.",
                lambda x, y, c: torch.cat([x, torch.zeros_like(planes_of(x, y, c))], 1)),
        Mistake("Every picture of the batch gets the first one's label.",
                lambda x, y, c: torch.cat([x, planes_of(x, y[:1].expand_as(y), c)], 1)),
        Mistake("The labels are off by one: they start from 0.",
                lambda x, y, c: torch.cat([x, planes_of(x, (y + 1) % c, c)], 1)),
        Mistake("The labels are off by one: they start from 0, and the last class finds no plane of its own.",
                lambda x, y, c: torch.cat([x, planes_of(x, y + 1, c)], 1)),
        Mistake("The empty planes should hold 0, not -1.",
                lambda x, y, c: torch.cat([x, 2 * planes_of(x, y, c) - 1], 1)),
        Mistake("No gradient leads back to the picture, so G would learn nothing from D: no detach() here.",
                lambda x, y, c: torch.cat([x.detach(), planes_of(x, y, c)], 1)),
        Mistake("You add the label to the picture's own pixels. It needs channels of its own.",
                lambda x, y, c: x + y.to(x)[:, None, None, None]),
    ),
)  # fmt: skip


def lottery_inputs(rng, case):
    n = [65_000 + int(rng.integers(500)), 66_000 + int(rng.integers(500)), 1, 65_500, int(rng.integers(2, 9))][case]
    return {"n": n, "classes": [10, int(rng.choice([3, 4, 6, 7, 8, 9])), 4, 2, 7][case]}


RANDOM_LABELS = Exercise(
    id="08-3",
    name="random_labels",
    title="ask for every digit",
    drive="drive_random_labels",
    inputs=lottery_inputs,
    answer=lambda n, classes: torch.randint(classes, (n,)),
    cases=5,
    mistakes=(
        Mistake("The last class never comes: torch.randint leaves its upper end out.",
                lambda n, c: torch.randint(0, c - 1, (n,))),
        Mistake("The first class never comes: labels start from 0.", lambda n, c: torch.randint(1, c, (n,))),
        Mistake("Labels start from 0 and end before `classes`: yours are one too large.",
                lambda n, c: torch.randint(1, c + 1, (n,))),
        Mistake("There is a label too many: torch.randint leaves its upper end out already.",
                lambda n, c: torch.randint(0, c + 1, (n,))),
        Mistake("The first and the last class come half as often as the others: rounding gives them only half an "
                "interval.",
                lambda n, c: (torch.rand(n) * (c - 1)).round().long()),
        Mistake("The labels are floats. They are names: whole numbers (torch.long), as one_hot wants them.",
                lambda n, c: torch.randint(c, (n,)).float()),
        Mistake("That is a column, (n, 1). Labels are (n,).", lambda n, c: torch.randint(c, (n, 1))),
        Mistake("That is one label, repeated: all pictures of the batch would show the same.",
                lambda n, c: torch.randint(c, (1,)).expand(n)),
        Mistake("They are not drawn: the labels come in order. Then a batch of any size has the first ones more often.",
                lambda n, c: torch.arange(n) % c),
    ),
)  # fmt: skip


def confusion_inputs(rng, case):
    n, classes = [(4, 3), (40, 4), (60, 10), (30, 5), (4000, 2), (7, 12)][case]
    asked = rng.integers(0, classes, n) if case == 4 else some_labels(rng, n, classes)
    read = np.where(rng.uniform(size=n) < 0.6, asked, rng.integers(0, classes - 1, n))
    if case in (1, 3):  # the last class is confused with the first; in the other cases it does not occur
        asked[:3], read[:3] = classes - 1, [0, 0, classes - 1]
        asked[3], read[3] = 0, classes - 1
    return {"asked": asked, "read": read, "classes": classes}


def confusion(asked, read, classes):
    counts = torch.zeros(classes, classes, dtype=torch.long)
    return counts.index_put_((asked, read), torch.ones_like(asked), accumulate=True)


def only_once(asked, read, classes):
    counts = torch.zeros(classes, classes, dtype=torch.long)
    counts[asked, read] += 1
    return counts


CONFUSION = Exercise(
    id="08-4",
    name="confusion",
    title="does it obey?",
    drive="drive_confusion",
    inputs=confusion_inputs,
    answer=confusion,
    cases=6,
    mistakes=(
        Mistake("Each pair counts once, however often it occurs: counts[asked, read] += 1 does not add up repeated "
                "places.",
                only_once),
        Mistake("Rows and columns are exchanged: asked down, read across.", lambda a, r, c: confusion(r, a, c)),
        Mistake("Each pair counts once, and rows and columns are exchanged.", lambda a, r, c: only_once(r, a, c)),
        Mistake("You return shares. Counts are asked for: divide later, when the row's number is known to be large "
                "enough.",
                lambda a, r, c: confusion(a, r, c) / confusion(a, r, c).sum(1, keepdim=True).clamp(min=1)),
        Mistake("You return the shares of each row, and nan where nothing was asked for. Counts are asked for.",
                lambda a, r, c: confusion(a, r, c) / confusion(a, r, c).sum(1, keepdim=True)),
        Mistake("You return shares of all samples. Counts are asked for.",
                lambda a, r, c: confusion(a, r, c) / len(a)),
        Mistake("Only the diagonal is counted. What it draws *instead* is the interesting part.",
                lambda a, r, c: torch.diag(confusion(a, r, c).diagonal())),
        Mistake("That is the number of right answers for each class, the diagonal. The whole table is asked for.",
                lambda a, r, c: confusion(a, r, c).diagonal()),
        Mistake("The table is too small: its size comes from the labels that occur, not from `classes`.",
                lambda a, r, c: confusion(a, r, int(max(a.max(), r.max())) + 1)),
        Mistake("The right answers are left out. The diagonal belongs to the table.",
                lambda a, r, c: confusion(a, r, c) - torch.diag(confusion(a, r, c).diagonal())),
    ),
)  # fmt: skip


EXERCISES = (APPEND_LABEL, APPEND_PLANES, RANDOM_LABELS, CONFUSION)
