"""References and mistakes of notebook 08."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import l1_loss, mse_loss, one_hot, softplus

from ganlib.check.answers.tools import mlp_weights
from ganlib.check.exercise import Exercise, Mistake
from ganlib.losses import non_saturating_G


def some_labels(rng, n, classes):
    """Return n labels below `classes`; the largest one is not among them, as in many a batch."""
    return rng.integers(0, classes - 1, n)


def label_inputs(rng, case):
    n, z_dim, classes = [(1, 2, 10), (4, 3, 10), (6, 2, 5), (5, 4, 3)][case]
    return {"z": rng.normal(size=(n, z_dim)), "y": some_labels(rng, n, classes), "classes": classes}


def append_label(z, y, classes):
    return torch.cat([z, one_hot(y, classes).to(z)], 1)


APPEND_LABEL = Exercise(
    id="08-1",
    name="append_label",
    title="tell G what to draw",
    drive="drive_append_label",
    inputs=label_inputs,
    answer=append_label,
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
        Mistake("Minus one is not zero: one-hot has zeros where the label is not.",
                lambda z, y, c: torch.cat([z, 2 * one_hot(y, c).to(z) - 1], 1)),
    ),
)  # fmt: skip


def plane_inputs(rng, case):
    n, channels, height, width, classes = [(1, 1, 2, 2, 4), (3, 1, 4, 4, 10), (4, 3, 2, 5, 5), (2, 2, 3, 2, 3)][case]
    x = rng.uniform(-1, 1, (n, channels, height, width))
    return {"x": x, "y": some_labels(rng, n, classes), "classes": classes}


def planes_of(x, y, classes):
    return one_hot(y, classes).to(x)[:, :, None, None].expand(-1, -1, *x.shape[2:])


APPEND_PLANES = Exercise(
    id="08-2",
    name="append_planes",
    title="tell D what was asked for",
    drive="drive_append_planes",
    inputs=plane_inputs,
    answer=lambda x, y, c: torch.cat([x, planes_of(x, y, c)], 1),
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
        Mistake("The empty planes should hold 0, not -1.",
                lambda x, y, c: torch.cat([x, 2 * planes_of(x, y, c) - 1], 1)),
        Mistake("You add the label to the picture's own pixels. It needs channels of its own.",
                lambda x, y, c: x + y.to(x)[:, None, None, None]),
    ),
)  # fmt: skip


RANDOM_LABELS = Exercise(
    id="08-3",
    name="random_labels",
    title="ask for every digit",
    drive="drive_random_labels",
    inputs=lambda rng, case: {"n": int(rng.integers(6000, 7000)), "classes": int(rng.integers(3, 11)) if case else 10},
    answer=lambda n, classes: torch.randint(classes, (n,)),
    cases=3,
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
    n, classes = [(4, 3), (40, 4), (60, 10), (30, 5)][case]
    asked = some_labels(rng, n, classes)
    read = np.where(rng.uniform(size=n) < 0.6, asked, rng.integers(0, classes - 1, n))
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


def pair_inputs(rng, case):
    n, side = [(1, 2), (2, 3), (3, 4), (2, 5)][case]
    x_fake = rng.uniform(-1, 1, (n, 1, side, side))
    return {
        "logits": rng.normal(0, 1 if case < 3 else 50, (n, [1, 4, 9, 4][case])),  # one for each patch of the picture
        "x_fake": x_fake,
        "x_target": rng.uniform(-1, 1, x_fake.shape),
        "weight": [100.0, 100.0, 10.0, 1.0][case],
    }


def pix2pix_loss_G(logits, x_fake, x_target, weight):
    return non_saturating_G(logits) + weight * l1_loss(x_fake, x_target)


PIX2PIX = Exercise(
    id="08-5",
    name="pix2pix_loss_G",
    title="fool D, and stay near the target",
    drive="drive_pix2pix_loss_G",
    inputs=pair_inputs,
    answer=pix2pix_loss_G,
    mistakes=(
        Mistake("Squared distances: they blur, as in a VAE. pix2pix takes the absolute ones (L1).",
                lambda l, x, t, w: non_saturating_G(l) + w * mse_loss(x, t)),
        Mistake("The distance is summed over the pixels. Its mean is due; weight = 100 is meant for that.",
                lambda l, x, t, w: non_saturating_G(l) + w * (x - t).abs().sum()),
        Mistake("The distance is summed over each picture. Its mean over pixels is due; weight = 100 is meant for "
                "that.",
                lambda l, x, t, w: non_saturating_G(l) + w * (x - t).abs().sum() / len(x)),
        Mistake("No gradient reaches G from the distance: x_fake is cut off there. Only the target needs none.",
                lambda l, x, t, w: non_saturating_G(l) + w * l1_loss(x.detach(), t)),
        Mistake("The absolute value comes first, pixel by pixel. Too bright here and too dark there must not cancel.",
                lambda l, x, t, w: non_saturating_G(l) + w * (x - t).mean().abs()),
        Mistake("The weight is missing.", lambda l, x, t, w: non_saturating_G(l) + l1_loss(x, t)),
        Mistake("The weight is on the wrong term: it multiplies the distance.",
                lambda l, x, t, w: w * non_saturating_G(l) + l1_loss(x, t)),
        Mistake("The weight multiplies both terms.", lambda l, x, t, w: w * (non_saturating_G(l) + l1_loss(x, t))),
        Mistake("The adversarial term has D's label: with it G learns to be caught.",
                lambda l, x, t, w: softplus(l).mean() + w * l1_loss(x, t)),
        Mistake("The adversarial term is the minimax loss, which is flat where D is sure. Take -log D.",
                lambda l, x, t, w: -softplus(l).mean() + w * l1_loss(x, t)),
        Mistake("The adversarial term has the wrong sign: D's opinion should be made high.",
                lambda l, x, t, w: -softplus(-l).mean() + w * l1_loss(x, t)),
        Mistake("The adversarial term is missing: without it the result is blurred.",
                lambda l, x, t, w: w * l1_loss(x, t) + 0 * l.sum()),
        Mistake("The distance is missing: any sharp picture would do, whatever the input.",
                lambda l, x, t, w: non_saturating_G(l) + 0 * x.sum()),
        Mistake("The distance is subtracted: G would run away from the target.",
                lambda l, x, t, w: non_saturating_G(l) - w * l1_loss(x, t)),
        Mistake("The differences keep their signs, so too bright and too dark cancel.",
                lambda l, x, t, w: non_saturating_G(l) + w * (x - t).mean()),
        Mistake("The patches are summed. D's opinion is a mean over patches and pictures.",
                lambda l, x, t, w: softplus(-l).sum() + w * l1_loss(x, t)),
        Mistake("The sigmoid is applied twice: D returns logits, and softplus or BCEWithLogitsLoss take them as "
                "they are.",
                lambda l, x, t, w: softplus(-l.sigmoid()).mean() + w * l1_loss(x, t)),
        Mistake("Right on paper, but where D is sure the sigmoid rounds to 0 and its logarithm to -inf. Use softplus.",
                lambda l, x, t, w: -l.sigmoid().log().mean() + w * l1_loss(x, t)),
    ),
)  # fmt: skip


def step_inputs(rng, case):
    batch = [3, 6, 5][case]
    return {
        "G": mlp_weights(rng, 2 + 3, 6, 3),
        "D": mlp_weights(rng, 3 + 3, 6, 1),
        "z": [rng.normal(size=(batch, 2)) for _ in range(4)],
        "y": [rng.integers(0, 3, batch) for _ in range(8)],
        "rate": 0.5,
    }


def step(told=lambda y, labels: y, drawn=lambda y: y, loss=non_saturating_G, zero=True):
    """Return an obeying_step; the arguments are what may be wrong with it."""

    def obeying_step(G, D, opt_G, noise, labels):
        y = labels()
        value = loss(D(G(noise(), drawn(y)), told(y, labels)))
        if zero:
            opt_G.zero_grad()
        value.backward()
        opt_G.step()
        return value.detach()

    return obeying_step


OBEYING = Exercise(
    id="08-6",
    name="obeying_step",
    title="find the bug in a generator that does not listen",
    drive="drive_obeying_step",
    inputs=step_inputs,
    answer=step(),
    cases=3,
    mistakes=(
        Mistake("The bug is still there: D is told another label than G was given. How often is labels() called in "
                "a step?",
                step(told=lambda y, labels: labels())),
        Mistake("D is told the same label for all pictures, whatever was asked for.",
                step(told=lambda y, labels: torch.zeros_like(y))),
        Mistake("G is given the same label for all pictures, whatever D is told.", step(drawn=torch.zeros_like)),
        Mistake("D is told other labels than G was given: they are in another order.",
                step(told=lambda y, labels: y.flip(0))),
        Mistake("The labels fit now, but the gradients of the step before are still there.", step(zero=False)),
        Mistake("The labels fit now, but G learns to be caught: the loss was right before.",
                step(loss=lambda f: softplus(f).mean())),
        Mistake("The labels fit now, but the sign of the loss has changed.", step(loss=lambda f: -softplus(-f).mean())),
        Mistake("labels() is called a second time for nothing. One batch of labels a step.",
                step(told=lambda y, labels: (labels(), y)[1])),
    ),
)  # fmt: skip

EXERCISES = (APPEND_LABEL, APPEND_PLANES, RANDOM_LABELS, CONFUSION, PIX2PIX, OBEYING)
