"""References and mistakes of notebook 09."""

from __future__ import annotations

import math

import numpy as np
import torch

from ganlib.check.exercise import Exercise, Mistake
from ganlib.data.mixtures import GaussianMixture
from ganlib.mode_metrics import coverage


def ring_inputs(rng, case):
    modes = [4, 8, int(rng.integers(3, 12)), 1][case]
    return {"modes": modes, "radius": 1.0 if case < 2 else float(rng.uniform(0.5, 3))}


def at(angles, radius):
    return radius * torch.stack([angles.cos(), angles.sin()], 1)


def even(modes):
    return 2 * math.pi * torch.arange(modes) / modes


ring_centres = Exercise(
    id="09-1",
    name="ring_centres",
    title="find the bug: the ring of eight that has seven",
    drive="drive_ring_centres",
    inputs=ring_inputs,
    answer=lambda modes, radius: at(even(modes), radius),
    mistakes=(
        Mistake("The first and the last centre are the same: the angles 0 and 2 pi are one. So one mode is missing, "
                "and the gaps are too wide. Leave the end of the circle out.",
                lambda n, r: at(torch.linspace(0, 2 * math.pi, n), r)),
        Mistake("The gaps are too narrow, and one is wider than the others: you divide the circle into one part more "
                "than there are modes.", lambda n, r: at(2 * math.pi * torch.arange(n) / (n + 1), r)),
        Mistake("The radius is not used.", lambda n, r: at(even(n), 1.0)),
        Mistake("sin and cos want radians. You give them degrees.", lambda n, r: at(360 * torch.arange(n) / n, r)),
        Mistake("Half a circle: the whole one is 2 pi.", lambda n, r: at(even(n) / 2, r)),
        Mistake("One row a centre is due, (modes, 2): you have one row for x and one for y.",
                lambda n, r: at(even(n), r).T),
        Mistake("x and y are exchanged: the first centre should lie at (radius, 0).",
                lambda n, r: at(even(n), r).flip(1)),
        Mistake("You go round clockwise. It makes no difference to a GAN; mathematicians go the other way, and so "
                "does this check.", lambda n, r: at(-even(n), r)),
        Mistake("You begin one step late: the first centre should lie at (radius, 0).",
                lambda n, r: at(even(n) + 2 * math.pi / n, r)),
        Mistake("The ring has twice the radius (or half of it).", lambda n, r: at(even(n), 2 * r)),
        Mistake("The ring has half the radius: was it taken for a diameter?", lambda n, r: at(even(n), r / 2)),
    ),
)  # fmt: skip


def covered_inputs(rng, case):
    modes, n, sigma = [(2, 3, 0.1), (8, 60, 0.05), (5, 40, 0.3), (8, 80, 0.6)][case]
    angle = 2 * np.pi * np.arange(modes) / modes + rng.uniform(0, 6)
    centres = np.stack([np.cos(angle), np.sin(angle)], 1) * [1, 1, 2, 6][case]
    kept = rng.integers(0, max(1, modes - 2), n) if case else np.zeros(n, dtype=int)
    far = rng.choice([0.3, 1.6, 1.9, 2.6, 3.6, 5.0], n)  # sigmas from the centre
    far = np.where(kept == 0, np.maximum(far, 3.6) if case else far, far)  # mode 0 has samples near it, none good
    turn = rng.uniform(0, 2 * np.pi, n)
    x = centres[kept] + sigma * far[:, None] * np.stack([np.cos(turn), np.sin(turn)], 1)
    return {"x": x, "centres": centres, "sigma": sigma}


def covered(x, centres, sigma):
    found = coverage(x, GaussianMixture(centres, sigma))
    return found.modes, found.good


def covered_by(near, count=None):
    """Return the measure with another rule for what is good: near(distance to the nearest, sigma)."""

    def modes_and_good(x, centres, sigma):
        distance, mode = torch.cdist(x, centres).min(1)
        good = near(distance, sigma)
        modes = len(mode[good].unique()) if count is None else count(mode, good, centres)
        return modes, float(good.float().mean())

    return modes_and_good


def right(d, s):
    return d <= 3 * s


modes_and_good = Exercise(
    id="09-2",
    name="modes_and_good",
    title="how many modes, and how many good samples",
    drive="drive_modes_and_good",
    inputs=covered_inputs,
    answer=covered,
    mistakes=(
        Mistake("You compare a distance with 3 sigma². A distance is good up to 3 sigma.",
                covered_by(lambda d, s: d <= 3 * s**2)),
        Mistake("You compare the *squared* distance with 3 sigma: take its root, or compare with 9 sigma².",
                covered_by(lambda d, s: d**2 <= 3 * s)),
        Mistake("You compare the *squared* distance with 3 sigma². Three sigmas squared are 9 sigma².",
                covered_by(lambda d, s: d**2 <= 3 * s**2)),
        Mistake("Good means within 3 sigma of the centre, not 1.", covered_by(lambda d, s: d <= s)),
        Mistake("Good means within 3 sigma of the centre, not 2.", covered_by(lambda d, s: d <= 2 * s)),
        Mistake("Good is counted in sigmas: within 3 * sigma of the centre.", covered_by(lambda d, s: d <= 3)),
        Mistake("Inside and outside are exchanged.", covered_by(lambda d, s: d > 3 * s)),
        Mistake("A mode that has samples nearest to it, but no *good* one, is not covered.",
                covered_by(right, lambda mode, good, centres: len(mode.unique()))),
        Mistake("You count good samples, not modes: two samples at one mode cover one mode.",
                covered_by(right, lambda mode, good, centres: int(good.sum()))),
        Mistake("You return the share of the modes. Their number is due.",
                covered_by(right, lambda mode, good, centres: len(mode[good].unique()) / len(centres))),
        Mistake("You return the number of good samples. Their share of all samples is due.",
                lambda x, c, s: (covered(x, c, s)[0], covered(x, c, s)[1] * len(x))),
        Mistake("The two results are in the wrong order: first the modes, then the share.",
                lambda x, c, s: covered(x, c, s)[::-1]),
        Mistake("The share is one of the modes. Which part of the *samples* is good?",
                lambda x, c, s: (covered(x, c, s)[0], covered(x, c, s)[0] / len(c))),
        Mistake("You sum over the wrong axis: the distance of a sample is the root of the sum over its "
                "*coordinates*. The larger coordinate alone makes a square out of the circle.",
                lambda x, c, s: square_cells(x, c, s)),
    ),
)  # fmt: skip


def square_cells(x, centres, sigma):
    distance, mode = (x[:, None] - centres).abs().amax(-1).min(1)
    good = distance <= 3 * sigma
    return len(mode[good].unique()), float(good.float().mean())


def counts_inputs(rng, case):
    modes = [2, 4, 8, 25][case]
    counts = rng.integers(1, 40, modes)
    if case in (1, 3):
        counts[rng.integers(modes)] = 0  # a mode without samples
        counts[0] += 1
    weights = rng.uniform(0.5, 2, modes)
    return {"counts": counts, "weights": weights / weights.sum()}


def reverse_kl_answer(counts, weights):
    q = counts / counts.sum()
    return torch.xlogy(q, q / weights).sum()


def nearly(expected, got):
    if np.ndim(got) == 0 and abs(got - expected) < 0.05 * expected:
        return "Nearly. Was something small added below the logarithm? A mode without samples simply adds 0."
    return None


reverse_kl = Exercise(
    id="09-3",
    name="reverse_kl",
    title="how far the samples' shares are from the weights",
    drive="drive_reverse_kl",
    inputs=counts_inputs,
    answer=reverse_kl_answer,
    mistakes=(
        Mistake("nan: a mode without samples gives 0 * log 0. By its limit that is 0; torch has a function for x log "
                "y that knows it.", lambda c, w: (c / c.sum() * (c / c.sum() / w).log()).sum()),
        Mistake("That is KL(w || q), which is infinite as soon as one mode is missing. Average over the *samples'* "
                "shares q.", lambda c, w: (w * (w / (c / c.sum())).log()).sum()),
        Mistake("The sign: under the logarithm stands q over w.", lambda c, w: -reverse_kl_answer(c, w)),
        Mistake("The counts are not yet shares: divide them by their sum.",
                lambda c, w: torch.xlogy(c.float(), c / w).sum()),
        Mistake("The weights are left out: that is minus the entropy of q.",
                lambda c, w: torch.xlogy(c / c.sum(), c / c.sum()).sum()),
        Mistake("That is the entropy of q.", lambda c, w: torch.special.entr(c / c.sum()).sum()),
        Mistake("The weights need not be equal: compare each share with its own weight.",
                lambda c, w: reverse_kl_answer(c, torch.full_like(w, 1 / len(w)))),
        Mistake("Each term is weighted by the count. Weigh by the share, count over all counts.",
                lambda c, w: reverse_kl_answer(c, w) * c.sum()),
        Mistake("That is in bits. Nats are due: the natural logarithm.",
                lambda c, w: reverse_kl_answer(c, w) / math.log(2)),
        Mistake("You average over the modes. The sum is due: q are weights already.",
                lambda c, w: reverse_kl_answer(c, w) / len(c)),
        Mistake("Each term is weighted by w, so that is (nearly) minus the other divergence, KL(w || q). Weigh by q.",
                lambda c, w: (w * (c / c.sum() / w).log()).sum()),
        Mistake("One number is due: sum over the modes.", lambda c, w: torch.xlogy(c / c.sum(), c / c.sum() / w)),
        Mistake("Something small is added below the logarithm. That changes the answer; a share of 0 simply adds "
                "nothing.", lambda c, w: (c / c.sum() * (c / c.sum() / w + 1e-3).log()).sum()),
    ),
    explain=lambda inputs, expected, got: nearly(float(expected["reverse KL"]), got["reverse KL"]),
)  # fmt: skip


def features_inputs(rng, case):
    n, width = [(2, 1), (4, 3), (5, 2), (4, 3)][case]
    features = 2 + rng.normal(0, 1, (n, width)) * (1 + np.arange(width))
    return {"features": np.repeat(features[:1], n, 0) if case == 3 else features}  # in the last case all are alike


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
    shape, m = [((2, 1, 1, 1), 2), ((4, 1, 2, 2), 2), ((6, 3, 2, 3), 3), ((8, 2, 2, 2), 4)][case]
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
        Mistake("The last pictures are lost: every picture is in exactly one pack.",
                lambda x, m: pack_answer(x, m)[:1]),
        Mistake("Neighbouring packs share pictures (a sliding window). Each picture belongs to one pack.",
                lambda x, m: torch.stack([x[i : i + m].flatten(0, 1) for i in range(len(x) - m + 1)])),
    ),
)  # fmt: skip

EXERCISES = (ring_centres, modes_and_good, reverse_kl, add_spread, pack)
