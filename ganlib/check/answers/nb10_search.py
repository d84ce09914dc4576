"""References and mistakes of notebook 10: the way back, neighbours, outliers."""

from __future__ import annotations

import math

import numpy as np
import torch

from ganlib.check.answers.tools import mlp_weights
from ganlib.check.drive.nb10 import generator_of
from ganlib.check.drive.tools import tensor
from ganlib.check.exercise import Exercise, Mistake

# (N, z_dim, shape of a picture, steps, rate)
SEARCHES = (
    (1, 2, (1, 1, 2), 1, 0.5),
    (1, 2, (1, 2, 2), 3, 0.5),
    (3, 2, (1, 2, 3), 4, 0.4),
    (4, 3, (3, 2, 1), 5, 0.05),  # far from all that G can draw: the slopes are large
    (3, 3, (2, 1, 3), 3, 1.2),  # G in evaluation mode, with BatchNorm and Dropout
    (2, 2, (1, 2, 2), 0, 0.3),
    (3, 2, (1, 3, 2), 1, None),  # so large a rate that the step makes it worse: the last z is asked for, not the best
    (2, 2, (2, 2, 1), 12, 0.3),  # nearly found at the start: each step counts nevertheless
)


def search_inputs(rng, case):
    n, z_dim, shape, steps, rate = SEARCHES[case]
    pixels = math.prod(shape)
    inputs = {"G": mlp_weights(rng, z_dim, 6, pixels), "steps": steps, "rate": rate or 1.0}
    inputs["x"] = rng.uniform(-0.9, 0.9, (n, *shape)) * (30 if case == 3 else 1)
    inputs["z"] = rng.normal(size=(n, z_dim)) * (1 if case < 2 else 2)
    if case == 4:
        inputs["norm"] = [rng.normal(0, 0.5, pixels), rng.uniform(1.5, 3, pixels)]
    if case == 7:
        near = generator_of(inputs)(tensor(inputs["z"])).detach().numpy()
        inputs["x"] = near + 0.03 * rng.choice([-1, 1], near.shape)
    while rate is None and not gets_worse(inputs):
        inputs["rate"] *= 1.5
        if inputs["rate"] > 1e3:  # too flat a place to come from
            return search_inputs(rng, case)
    return inputs


def gets_worse(inputs):
    """Say whether a search ends with a larger error than it began with, for all pictures together."""
    G, x, z = generator_of(inputs), tensor(inputs["x"]), tensor(inputs["z"])
    found = search(G, x, z, inputs["steps"], inputs["rate"])
    return bool(error(G, x, found).sum() > 1.1 * error(G, x, z).sum())


def error(G, x, z):
    return (G(z) - x).square().flatten(1).mean(1)


def search(G, x, z, steps, rate, *, cost=lambda each: each.sum(), empty=True, sign=1.0, bend=False):
    """Descend in z; the options are what goes wrong."""
    z = z.detach().clone().requires_grad_(True)
    optimiser = torch.optim.SGD([z, *G.parameters()] if bend else [z], lr=rate)
    for _ in range(steps):
        loss = sign * cost(error(G, x, z))
        if empty:
            optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return z.detach()


def search_with(**options):
    return lambda G, x, z, steps, rate: search(G, x, z, steps, rate, **options)


def bend_G_only(G, x, z, steps, rate):
    optimiser = torch.optim.SGD(G.parameters(), lr=rate)
    for _ in range(steps):
        optimiser.zero_grad()
        error(G, x, z).sum().backward()
        optimiser.step()
    return z


def by_pixels(G, x, z, steps, rate):
    return search(G, x, z, steps, rate, cost=lambda each: each.sum() * x[0].numel())


def over_channels_only(G, x, z, steps, rate):
    return search(G, x, z, steps, rate, cost=lambda each: each.sum() * x[0, 0].numel())


def always_from_the_start(G, x, z, steps, rate):
    return search(G, x, z, min(1, steps), rate)


def with_adam(G, x, z, steps, rate):
    z = z.detach().clone().requires_grad_(True)
    optimiser = torch.optim.Adam([z], lr=rate)
    for _ in range(steps):
        optimiser.zero_grad()
        error(G, x, z).sum().backward()
        optimiser.step()
    return z.detach()


def by_root(G, x, z, steps, rate):
    return search(G, x, z, steps, rate, cost=lambda each: each.sqrt().sum())


find_z = Exercise(
    id="10-3",
    name="find_z",
    title="find the bug: a perfect search that ruins the generator",
    drive="drive_find_z",
    inputs=search_inputs,
    answer=search,
    cases=len(SEARCHES),
    mistakes=(
        Mistake("The optimiser still bends G, and z does not move at all. Give it the one thing that is searched for.",
                bend_G_only),
        Mistake("z moves now, and G is bent as well: after the search it is another generator. Give the optimiser z "
                "alone.", search_with(bend=True)),
        Mistake("z comes back as it went in. Does it require a gradient, is it what the optimiser was given, and is "
                "it what you return?", lambda G, x, z, steps, rate: z),
        Mistake("The gradients of earlier steps are still there and add up: empty them before backward().",
                search_with(empty=False)),
        Mistake("You climb: the pictures become less alike. Look at the sign.", search_with(sign=-1.0)),
        Mistake("The error is averaged over the pictures, so each search gets slower the more pictures there are. "
                "Average over pixels, and sum over pictures: they do not know of each other.",
                search_with(cost=lambda each: each.mean())),
        Mistake("The error is summed over the pixels. Take the mean over the pixels of a picture, and sum over "
                "pictures.", by_pixels),
        Mistake("You average over one axis of the pictures only, and sum over the others. Take the mean over *all* "
                "numbers of a picture.", over_channels_only),
        Mistake("Only the first step counts, as each begins at z_start again (or there is only one).",
                always_from_the_start),
        Mistake("One step too many.", lambda G, x, z, steps, rate: search(G, x, z, steps + 1, rate)),
        Mistake("One step too few.", lambda G, x, z, steps, rate: search(G, x, z, steps - 1, rate)),
        Mistake("That is Adam. It is a good choice in practice; here plain gradient descent (SGD) is asked for, so "
                "that the result can be compared.", with_adam),
        Mistake("You go down the root of the squared error. Without the root, please.", by_root),
        Mistake("The search begins at a random z. Begin at z_start.",
                lambda G, x, z, steps, rate: search(G, x, torch.randn_like(z), steps, rate)),
        Mistake("The search begins at 0. Begin at z_start.",
                lambda G, x, z, steps, rate: search(G, x, torch.zeros_like(z), steps, rate)),
    ),
)  # fmt: skip


def pictures_inputs(rng, case):
    n, shape = [(2, (1, 1, 1)), (5, (1, 2, 2)), (8, (3, 2, 3)), (6, (1, 4, 4)), (2, (2, 1, 3)), (7, (2, 3, 1))][case]
    x = rng.uniform(-1, 1, (n, *shape)) * (1e5 if case == 2 else 1)  # no number is larger than every distance
    if case == 3:
        x[4] = x[1]  # twins: their distance is 0
    elif case == 4:
        x[1] = x[0]  # nothing but twins
    elif case == 5:
        x[2] = x[5] = x[6]  # three of a kind
        x[3] = x[0] + 0.02 * rng.choice([-1, 1], shape)  # and two that are nearly alike
    return {"x": x}


def gaps(x):
    flat = x.flatten(1)
    return (flat[:, None] - flat).norm(dim=2)


def others(x):
    return gaps(x).fill_diagonal_(math.inf)


def without_zeros(x):
    distance = gaps(x)
    return torch.where(distance > 0, distance, math.inf).amin(1)


def by_matrix(x):
    flat = x.flatten(1)
    return (flat[:, None] - flat[None]).abs().sum(2)


nearest_other = Exercise(
    id="10-4",
    name="nearest_other",
    title="how far is the most similar other picture?",
    drive="drive_nearest_other",
    inputs=pictures_inputs,
    answer=lambda x: others(x).amin(1),
    cases=6,
    atol=2e-3,  # the shortcut |a|² + |b|² − 2ab, which torch.cdist takes for many rows, is no more exact near 0
    explain=lambda inputs, expected, got: (
        "Those look like positions: *which* picture is nearest. How far it is, is asked for."
        if got["distance to the nearest other"].dtype.kind == "i" else None
    ),
    mistakes=(
        Mistake("All zero: the nearest picture of each is itself. Leave the picture itself out.",
                lambda x: gaps(x).amin(1)),
        Mistake("You leave out every distance of 0, so twins are overlooked, the very thing one looks for. Leave out "
                "the picture *itself*: the diagonal, whatever stands on it.", without_zeros),
        Mistake("The distance is still squared.", lambda x: others(x).amin(1).square()),
        Mistake("You return which picture is nearest. How far it is, is asked for.", lambda x: others(x).argmin(1)),
        Mistake("That is the farthest other picture.", lambda x: gaps(x).amax(1)),
        Mistake("That is the mean distance to the others. The smallest is asked for.",
                lambda x: gaps(x).sum(1) / (len(x) - 1)),
        Mistake("That is the sum of absolute differences. The distance is the root of the sum of squares.",
                lambda x: by_matrix(x).fill_diagonal_(math.inf).amin(1)),
        Mistake("The squares are averaged over the pixels before the root. The sum is due: a distance.",
                lambda x: others(x).amin(1) / x[0].numel() ** 0.5),
        Mistake("You compare each picture with the next one only. Compare it with all others.",
                lambda x: (x - x.roll(-1, 0)).flatten(1).norm(dim=1)),
        Mistake("One number came back: each picture has a nearest other.", lambda x: others(x).amin()),
        Mistake("You take the third smallest: the picture itself is the first, its nearest other the second.",
                lambda x: gaps(x).sort(1).values[:, min(2, len(x) - 1)]),
    ),
)  # fmt: skip


def scores_inputs(rng, case):
    n, m = [(1, 1), (4, 3), (30, 20), (12, 9), (1, 5), (6, 1), (5, 3), (4, 6), (20, 15), (7, 4), (8, 5)][case]
    usual, outlier = rng.normal(0, 1, n), rng.normal(0.8, 1, m)
    if case in (1, 3):
        usual, outlier = usual.round(), outlier.round()
        usual[0] = outlier[0]  # one tie at least, however the numbers fall
    elif case in (4, 5):
        usual[:1] = outlier[-1:]  # a group of one, which ties
    elif case == 6:
        usual[:] = outlier[:] = rng.normal()  # a score that knows nothing
    elif case == 7:
        usual, outlier = 1e-9 * usual, 1e-9 * outlier  # different, if by little
        outlier[0] = usual[0]
    elif case == 8:
        usual, outlier = np.exp(5 * usual), np.exp(5 * outlier)  # from 1e-6 to 1e6: no even thresholds suit them
    elif case == 9:
        usual, outlier = -5 - np.abs(usual), -4 + np.abs(outlier)  # told apart without an error, some below 0
        outlier[0] = usual[0] - 1  # but for one
    elif case == 10:
        usual, outlier = 3 + 1e-3 * usual, 2.999 - 1e-3 * outlier  # worse than guessing, and close together
    return {"usual": usual, "outlier": outlier}


def auc_answer(usual, outlier):
    gap = outlier[:, None] - usual
    return ((gap > 0).float() + 0.5 * (gap == 0).float()).mean()


def best_share(usual, outlier):
    """Return the best share of right verdicts over all thresholds."""
    everything = torch.cat([usual, outlier])
    right = [(usual < cut).sum() + (outlier >= cut).sum() for cut in everything]
    return torch.stack(right).max() / len(everything)


def over_all_pairs(usual, outlier):
    both = torch.cat([usual, outlier])
    return (both[:, None] > both).float().mean()


auc = Exercise(
    id="10-5",
    name="auc",
    title="does a score tell outliers apart?",
    drive="drive_auc",
    inputs=scores_inputs,
    answer=auc_answer,
    cases=11,
    mistakes=(
        Mistake("Usual and outlier are exchanged: count the pairs in which the *outlier's* score is larger.",
                lambda u, o: 1 - auc_answer(u, o)),
        Mistake("Right without ties. A tie is decided by a coin: it counts one half, and not nothing.",
                lambda u, o: (o[:, None] > u).float().mean()),
        Mistake("Right without ties. A tie is decided by a coin: it counts one half, and not as a win.",
                lambda u, o: (o[:, None] >= u).float().mean()),
        Mistake("You compare the n-th with the n-th, and throw the rest away. Compare every outlier with every usual "
                "one.", lambda u, o: paired(u, o)),
        Mistake("That is how many verdicts are right at the best threshold. The area needs none: compare pairs.",
                best_share),
        Mistake("You compare with the mean of the usual ones: one threshold out of many. Compare every pair.",
                lambda u, o: (o > u.mean()).float().mean()),
        Mistake("That is the number of pairs that are won. Divide by the number of all pairs.",
                lambda u, o: auc_answer(u, o) * len(u) * len(o)),
        Mistake("You divide by the number of outliers only. There is one pair for each outlier *and* each usual one.",
                lambda u, o: auc_answer(u, o) * len(u)),
        Mistake("You divide by the number of usual ones only. There is one pair for each outlier *and* each usual "
                "one.", lambda u, o: auc_answer(u, o) * len(o)),
        Mistake("Pairs of two usual ones, or of two outliers, count as well. Only mixed pairs should.",
                over_all_pairs),
        Mistake("That is twice the area, minus one (Gini's coefficient).", lambda u, o: 2 * auc_answer(u, o) - 1),
        Mistake("That is how far the means are apart, in the scores' own unit. The area does not depend on it: only "
                "the order counts.", lambda u, o: o.mean() - u.mean()),
    ),
)  # fmt: skip


def paired(usual, outlier):
    n = min(len(usual), len(outlier))
    gap = outlier[:n] - usual[:n]
    return ((gap > 0).float() + 0.5 * (gap == 0).float()).mean()


EXERCISES = (find_z, nearest_other, auc)
