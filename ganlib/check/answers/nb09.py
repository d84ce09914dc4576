"""References and mistakes of notebook 09: the ring, and measures of collapse."""

from __future__ import annotations

import math

import numpy as np
import torch

from ganlib.check.exercise import Exercise, Mistake
from ganlib.data.mixtures import GaussianMixture
from ganlib.metrics.modes import coverage


def ring_inputs(rng, case):
    modes = [4, 8, int(rng.integers(3, 12)), 1, 2, 24][case]
    return {"modes": modes, "radius": 1.0 if case == 0 else float(rng.uniform(1.5, 3))}


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
    cases=6,
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
    """Case 4: centres nearer to each other than 3 sigma; 5: no good sample at all; 6: one sample."""
    modes, n, sigma, radius = [(2, 3, 0.1, 1), (8, 60, 0.05, 1), (5, 40, 0.3, 2), (8, 60, 0.6, 6),
                               (6, 40, 0.5, 1), (3, 9, 0.2, 1), (3, 1, 0.7, 4)][case]  # fmt: skip
    angle = 2 * np.pi * np.arange(modes) / modes + rng.uniform(0, 6)
    centres = np.stack([np.cos(angle), np.sin(angle)], 1) * radius
    if case == 4:
        centres = np.array([[0, 0], [1.2, 0], [-1.2, 0], [0, 1.2], [0, -1.2], [6, 0]])
        x = 1.1 * centres[1 + rng.permutation(np.arange(n) % 3)] + rng.uniform(-0.1, 0.1, (n, 2))
        x[:6] = centres[5] + [1.1, 1.2] + rng.uniform(size=(6, 2))  # near the last one, not near enough
        return {"x": x, "centres": centres, "sigma": sigma}
    kept = rng.integers(0, max(1, modes - 2), n) if case else np.zeros(n, dtype=int)
    far = rng.permutation(np.resize([0.3, 1.6, 1.9, 2.6, 2.995, 3.005, 3.6, 5.0], n))  # sigmas from the centre
    far = np.where(kept == 0, np.maximum(far, 3.6) if case else far, far)  # mode 0 has samples near it, none good
    if case == 3:
        far = np.where((kept == 2) & (far > 3), 2.9, far)
    far = {0: np.array([0.3, 2.995, 3.005]), 5: np.full(n, 3.3), 6: np.array([2.9])}.get(case, far)
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
    cases=7,
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
    """Case 4: all samples at one mode; 5: the shares are the weights, so that the answer is 0; 6: large counts."""
    modes = [2, 4, 8, 25, 3, 4, 5][case]
    counts = rng.integers(1, 40, modes)
    if case in (1, 3):
        counts[rng.integers(1, modes)] = 0  # a mode without samples
        counts[0] += 1
    weights = rng.uniform(0.5, 2, modes)
    if case == 4:
        counts = np.where(np.arange(modes) == 1, int(rng.integers(5, 50)), 0)
    if case == 5:
        weights = counts.astype(float)
    if case == 6:
        counts = counts * 1_000_003
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
    cases=7,
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


EXERCISES = (ring_centres, modes_and_good, reverse_kl)
