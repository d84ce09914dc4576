"""References and mistakes of notebook 09: what shows D several samples at once."""

from __future__ import annotations

import numpy as np
import torch

from ganlib.check.exercise import Exercise, Mistake


def features_inputs(rng, case):
    """Case 3: all rows are alike; 4: a batch of one; 5: one feature is the same in all rows; 6: tiny features."""
    n, width = [(2, 1), (4, 3), (5, 2), (4, 3), (1, 2), (6, 4), (7, 3)][case]
    features = 2 + rng.normal(0, 1, (n, width)) * (1 + np.arange(width))
    if case == 3:  # eighths: their mean is exact, and so is the slope of the root where nothing varies
        features = np.repeat(np.round(8 * features[:1]) / 8, n, 0)
    if case == 5:
        features[:, 1] = 0.75
    return {"features": 1e-3 * features if case == 6 else features}


def spread_of(features, correction=0, least=1e-8):
    return (features.var(0, correction=correction) + least).sqrt()


def beside(features, number):
    return torch.cat([features, number.expand(len(features), -1)], 1)


def add_spread_answer(features):
    return beside(features, spread_of(features).mean().view(1, 1))


def per_row(features):
    return torch.cat([features, (features.var(1, correction=0, keepdim=True) + 1e-8).sqrt()], 1)


add_spread = Exercise(
    id="09-4",
    name="add_spread",
    title="a number that tells D how varied the batch is",
    drive="drive_add_spread",
    inputs=features_inputs,
    answer=add_spread_answer,
    cases=7,
    atol=2e-6,  # the number of a batch of equal rows is 1e-4
    mistakes=(
        Mistake("The gradient is nan when all rows are alike, which is just when it is needed: the slope of a root "
                "at 0 is infinite. Add 1e-8 below the root.",
                lambda f: beside(f, spread_of(f, least=0).mean().view(1, 1))),
        Mistake("You divide by N - 1 instead of N (torch's habit), and the 1e-8 below the root is missing.",
                lambda f: beside(f, f.std(0).mean().view(1, 1))),
        Mistake("Nearly: only the 1e-8 below the root is missing. It keeps the slope of the root finite when all "
                "rows are alike.", lambda f: beside(f, f.std(0, correction=0).mean().view(1, 1))),
        Mistake("You divide by N - 1 (torch's default). Divide by N: correction=0.",
                lambda f: beside(f, spread_of(f, 1).mean().view(1, 1))),
        Mistake("You measure how a row's features differ from each other. Compare the *rows*: the standard deviation "
                "over the batch, axis 0, of each feature.", per_row),
        Mistake("Each feature's deviation became a column of its own. Average them: one further column.",
                lambda f: beside(f, spread_of(f)[None])),
        Mistake("That is the mean variance. The deviation is its root, and the root is taken before the mean.",
                lambda f: beside(f, (f.var(0, correction=0) + 1e-8).mean().view(1, 1))),
        Mistake("You take the root of the mean variance. First the root, feature by feature, then the mean.",
                lambda f: beside(f, (f.var(0, correction=0).mean() + 1e-8).sqrt().view(1, 1))),
        Mistake("All features are thrown together: their different sizes then look like variety. Each feature has "
                "its own deviation over the batch.",
                lambda f: beside(f, (f.var(correction=0) + 1e-8).sqrt().view(1, 1))),
        Mistake("The number comes first in your rows. It should be the last column.",
                lambda f: add_spread_answer(f).roll(1, 1)),
        Mistake("No gradient passes through the number, so G would never learn to raise it: no detach(), item() or "
                "no_grad() here.", lambda f: beside(f, spread_of(f).detach().mean().view(1, 1))),
        Mistake("Only the number came back. Append it to the features, one copy a row.",
                lambda f: spread_of(f).mean().view(1, 1).expand(len(f), 1)),
        Mistake("The spread is added to the features. It should be one more column.",
                lambda f: f + spread_of(f).mean()),
    ),
)  # fmt: skip


def pack_inputs(rng, case):
    shape, m = [((2, 1, 1, 1), 2), ((4, 1, 2, 2), 2), ((6, 3, 2, 3), 3), ((8, 2, 2, 2), 4), ((3, 2, 3, 1), 1),
                ((6, 3, 2, 3), 3)][case]  # fmt: skip
    return {"x": rng.normal(size=shape), "m": m}


def pack_answer(x, m):
    return x.reshape(len(x) // m, m * x.shape[1], *x.shape[2:])


pack = Exercise(
    id="09-5",
    name="pack",
    title="several pictures in one",
    drive="drive_pack",
    inputs=pack_inputs,
    answer=pack_answer,
    cases=6,
    mistakes=(
        Mistake("Each pack holds one picture m times. A picture always looks like itself: D needs m *different* ones.",
                lambda x, m: pack_answer(x.repeat_interleave(m, 0), m)[: len(x) // m]),
        Mistake("Each pack holds one picture m times, and there are as many packs as pictures. Take m *different* "
                "ones for each.", lambda x, m: x.repeat(1, m, 1, 1)),
        Mistake("You put the pictures below each other. D should get them as channels: (N / m, m * C, H, W).",
                lambda x, m: x.reshape(len(x) // m, m, *x.shape[1:]).transpose(1, 2).flatten(2, 3)),
        Mistake("You put the pictures beside each other. D should get them as channels: (N / m, m * C, H, W).",
                lambda x, m: torch.cat(list(x.reshape(len(x) // m, m, *x.shape[1:]).unbind(1)), -1)),
        Mistake("Good packs, but not those that are asked for: put *neighbours* together, the first m pictures into "
                "the first pack.", lambda x, m: torch.cat(x.chunk(m), 1)),
        Mistake("The pictures of a pack have an axis of their own. Make them channels: (N / m, m * C, H, W).",
                lambda x, m: x.reshape(len(x) // m, m, *x.shape[1:])),
        Mistake("There should be N / m packs of m pictures; you made m packs of N / m.",
                lambda x, m: x.reshape(m, -1, *x.shape[2:])),
        Mistake("You average the pictures of a pack. D can't see from an average whether they were alike.",
                lambda x, m: x.reshape(len(x) // m, m, *x.shape[1:]).mean(1)),
        Mistake("The channels of the pictures are interleaved: all channels of the first picture come first.",
                lambda x, m: x.reshape(len(x) // m, m, *x.shape[1:]).transpose(1, 2).flatten(1, 2)),
        Mistake("No gradient leads back to the pictures, so G would learn nothing from D: no detach() here.",
                lambda x, m: pack_answer(x.detach(), m)),
        Mistake("The last pictures are lost: every picture is in exactly one pack.",
                lambda x, m: pack_answer(x, m)[:1]),
        Mistake("Neighbouring packs share pictures (a sliding window). Each picture belongs to one pack.",
                lambda x, m: torch.stack([x[i : i + m].flatten(0, 1) for i in range(len(x) - m + 1)])),
    ),
)  # fmt: skip

EXERCISES = (add_spread, pack)
