"""References and mistakes of notebook 10."""

from __future__ import annotations

import math

import numpy as np
import torch

from ganlib.check.exercise import Exercise, Mistake

# (z_dim, t, angles of the pairs); SAME: both ends are one point, or one but for rounding
SAME = 0.0
PAIRS = (
    (2, 0.5, (1.2,)),
    (3, 0.25, (0.6, 2.3)),
    (8, 0.9, (2.7, 0.08, 1.4)),
    (16, 0.3, (2.2, SAME, 0.02, SAME, 1.0, SAME, SAME)),
    (16, 0.6, (SAME,)),
    (4, 0.0, (0.9, 2.0)),
    (4, 1.0, (2.0, 0.9)),
)


def ends_inputs(rng, case):
    width, t, angles = PAIRS[case]
    omega = np.array(angles)[:, None] * rng.uniform(0.97, 1.03, (len(angles), 1))
    u = rng.normal(size=(len(angles), width))
    u /= norms(u)
    side = rng.normal(size=u.shape)
    side -= (side * u).sum(1, keepdims=True) * u
    length = rng.uniform(2, 6, (len(angles), 1))
    a, b = length * u, length * (np.cos(omega) * u + np.sin(omega) * side / norms(side))
    for place, row in enumerate(np.flatnonzero(omega[:, 0] == SAME)):
        a[row], b[row] = one_point_twice(rng, width, above=place % 2 == 0, rounded=place == 2)
    return {"a": a, "b": b, "t": t}


def one_point_twice(rng, width, above, rounded):
    """Return two ends (z_dim,), equal or but for their last bits, of which each float32 cosine is above 1, or is 1.

    About every eighth point is such a one; without looking for it, whether arccos gets too much would be luck.
    """
    for _ in range(100):
        a = torch.tensor(rng.normal(0, 1.5, (400, width))).float()
        b = a * (1 + 2**-22) if rounded else a.clone()  # one or two steps of float32 further
        found = torch.stack(cosines(a, b))
        fits = ((found > 1) if above else (found == 1)).all(0).nonzero().flatten().tolist()
        for row in fits:  # once more alone, as sums of one row may be rounded in another order
            pair = a[row : row + 1], b[row : row + 1]
            alone = torch.stack(cosines(*pair))
            if ((alone > 1) if above else (alone == 1)).all():
                return tuple(end[0].double().numpy() for end in pair)
    raise RuntimeError("no such point")


def cosines(a, b):
    """Return the cosine of each pair (N,) in the ways in which it is usually written: each rounds in its own way."""
    u, v = a / a.norm(dim=1, keepdim=True), b / b.norm(dim=1, keepdim=True)
    return [
        (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1)),
        (a * b).sum(1) / a.norm(dim=1) / b.norm(dim=1),
        (u * v).sum(1),
        torch.cosine_similarity(a, b),
    ]


def norms(x):
    return np.linalg.norm(x, axis=1, keepdims=True)


def angle(a, b):
    """Return the angle of each pair of rows, exact also where it is small: (N, 1)."""
    u, v = a / a.norm(dim=1, keepdim=True), b / b.norm(dim=1, keepdim=True)
    return 2 * torch.atan2((u - v).norm(dim=1, keepdim=True), (u + v).norm(dim=1, keepdim=True))


def on_the_arc(a, b, t, omega):
    weights = torch.sin((1 - t) * omega) / torch.sin(omega), torch.sin(t * omega) / torch.sin(omega)
    return torch.where(omega < 1e-4, a + t * (b - a), weights[0] * a + weights[1] * b)


def slerp_answer(a, b, t):
    return on_the_arc(a, b, t, angle(a, b))


def formula(a, b, t):
    """Return the arc by the plain formula, which divides 0 by 0 where the ends agree."""
    omega = torch.arccos((a * b).sum(1, keepdim=True) / (a.norm(dim=1) * b.norm(dim=1))[:, None])
    return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)


def arc_by(cosine):
    """Return the arc by another cosine of the angle, clamped so that arccos can take it."""
    return lambda a, b, t: on_the_arc(a, b, t, torch.arccos(cosine(a, b).clamp(-1, 1)))


slerp = Exercise(
    id="10-1",
    name="slerp",
    title="from a to b along the arc",
    drive="drive_slerp",
    inputs=ends_inputs,
    answer=slerp_answer,
    cases=len(PAIRS),
    atol=1e-4,  # ways that go straight below an angle of 0.03, as many published ones do, are 5e-5 too short at 0.02
    mistakes=(
        Mistake("That is the straight way, which cuts the corner: its points are too short. The arc keeps the length.",
                lambda a, b, t: a + t * (b - a)),
        Mistake("You go from b to a: t = 0 should give a.", lambda a, b, t: slerp_answer(b, a, t)),
        Mistake("The angle is computed from a and b as long as they are. Divide the product by both lengths: a "
                "cosine belongs to directions.", arc_by(lambda a, b: (a * b).sum(1, keepdim=True))),
        Mistake("The angle is computed from a and b as long as they are, so arccos gets more than 1 and returns nan. "
                "Divide the product by both lengths.",
                lambda a, b, t: on_the_arc(a, b, t, torch.arccos((a * b).sum(1, keepdim=True)))),
        Mistake("Right until both ends agree: then the angle and its sine are 0, and 0/0 is nan. (Or rounding makes "
                "the cosine 1.0000001, which arccos does not take.) Go straight where the angle is tiny.", formula),
        Mistake("All rows share one angle. Each pair of rows has its own: sum over axis 1 only.",
                arc_by(lambda a, b: ((a * b).sum() / (a.norm() * b.norm())).expand(len(a), 1))),
        Mistake("You go straight and stretch the result to the right length. It lies on the arc, but not at t: the "
                "middle of the way goes too fast.", lambda a, b, t: stretched(a, b, t)),
        Mistake("The direction is right, and the length is 1. Keep the length of a and b.",
                lambda a, b, t: slerp_answer(a / a.norm(dim=1, keepdim=True), b / b.norm(dim=1, keepdim=True), t)),
        Mistake("Dividing by sin(omega) was forgotten.",
                lambda a, b, t: torch.sin((1 - t) * angle(a, b)) * a + torch.sin(t * angle(a, b)) * b),
        Mistake("cos and sin of t times 90 degrees suit only ends at right angles. Use the angle between a and b.",
                lambda a, b, t: math.cos(t * math.pi / 2) * a + math.sin(t * math.pi / 2) * b),
        Mistake("The weights are sines of the angle in degrees; torch's sin wants radians.",
                lambda a, b, t: in_degrees(a, b, t)),
    ),
)  # fmt: skip


def stretched(a, b, t):
    straight = a + t * (b - a)
    return straight / straight.norm(dim=1, keepdim=True) * a.norm(dim=1, keepdim=True)


def in_degrees(a, b, t):
    omega = torch.rad2deg(angle(a, b))
    return on_the_arc(a, b, t, omega)


def attribute_inputs(rng, case):
    n, width, having, size = [(7, 2, 2, 1), (6, 3, 2, 1), (20, 4, 6, 1), (40, 8, 13, 1), (9, 3, 1, 1), (9, 4, 8, 1),
                              (2, 3, 1, 1), (15, 3, 11, 1e-3), (12, 3, 5, 50)][case]  # fmt: skip
    has = rng.permutation(np.arange(n) < having)
    z = rng.normal(0.3, 1, (n, width)) + has[:, None] * rng.normal(size=width)
    return {"z": size * z, "has": has}


def unit(d):
    return d / d.norm()


def difference_of_means(z, has):
    return z[has].mean(0) - z[~has].mean(0)


attribute_direction = Exercise(
    id="10-2",
    name="attribute_direction",
    title="the direction in which an attribute lies",
    drive="drive_attribute_direction",
    inputs=attribute_inputs,
    answer=lambda z, has: unit(difference_of_means(z, has)),
    cases=9,
    mistakes=(
        Mistake("It points the other way: from the faces that have it to those that have not.",
                lambda z, has: -unit(difference_of_means(z, has))),
        Mistake("Right direction, but its length is not 1: divide by it, so that a step of 2 means the same for each "
                "attribute.", difference_of_means),
        Mistake("That is where the faces with the attribute lie, no direction yet: subtract the mean of those "
                "without.", lambda z, has: unit(z[has].mean(0))),
        Mistake("The mean of the faces with the attribute is due, and you did not subtract that of those without, "
                "nor make the length 1.", lambda z, has: z[has].mean(0)),
        Mistake("You sum over the faces, or average over all of them with 0 for those that do not count. There are "
                "more without than with: take the mean over each group alone.",
                lambda z, has: unit(z[has].sum(0) - z[~has].sum(0))),
        Mistake("One pair of faces is not enough: hat, background and haircut of these two come along. Take the "
                "means over all.", lambda z, has: unit(z[has][0] - z[~has][0])),
        Mistake("The mean runs over the coordinates. Average over faces: axis 0.",
                lambda z, has: z[has].mean(1).mean() - z[~has].mean(1).mean()),
        Mistake("You divide by the sum of absolute values. Length is the root of the sum of squares.",
                lambda z, has: difference_of_means(z, has) / difference_of_means(z, has).abs().sum()),
        Mistake("You divide by the squared length.",
                lambda z, has: difference_of_means(z, has) / difference_of_means(z, has).square().sum()),
        Mistake("Both means are made unit vectors before the subtraction. Subtract first.",
                lambda z, has: unit(unit(z[has].mean(0)) - unit(z[~has].mean(0)))),
    ),
)  # fmt: skip

EXERCISES = (slerp, attribute_direction)
