"""Notebook 10, ways and directions: wrong answers that a check could let through, each with its kind."""

import math

import torch
import torch.nn.functional as F


def cosine_of(a, b):
    return (a * b).sum(1, keepdim=True) / (a.norm(dim=1, keepdim=True) * b.norm(dim=1, keepdim=True))


def by_normalising(a, b):
    return (F.normalize(a, dim=1) * F.normalize(b, dim=1)).sum(1, keepdim=True)


def by_similarity(a, b):
    return F.cosine_similarity(a, b)[:, None]


def by_squares(a, b):
    return (a * b).sum(1, keepdim=True) / a.square().sum(1, keepdim=True)


def arc(a, b, t, omega):
    return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)


def guarded(a, b, t, omega):
    return torch.where(omega < 1e-3, a, arc(a, b, t, omega))


def clamped(a, b, bound=1.0, cosine=cosine_of):
    return torch.arccos(cosine(a, b).clamp(-bound, bound))


def right_arc(a, b, t):
    return guarded(a, b, t, clamped(a, b))


def unclamped(cosine):
    """Equal ends are thought of, and that arccos may get 1.0000001 is not."""
    return lambda a, b, t: guarded(a, b, t, torch.arccos(cosine(a, b)))


def unguarded(cosine):
    return lambda a, b, t: arc(a, b, t, clamped(a, b, cosine=cosine))


def only_above_one(a, b, t):
    cosine = cosine_of(a, b)
    return torch.where(cosine > 1, a, arc(a, b, t, torch.arccos(cosine)))


def only_bitwise_equal(a, b, t):
    same = (a == b).all(1, keepdim=True)
    return torch.where(same, a, arc(a, b, t, torch.arccos(cosine_of(a, b))))


def all_or_nothing(a, b, t):
    return a if torch.allclose(a, b) else arc(a, b, t, clamped(a, b))


def rescued(a, b, t, value):
    return arc(a, b, t, torch.arccos(cosine_of(a, b))).nan_to_num(value)


def small_denominator(eps):
    def slerp(a, b, t):
        omega = clamped(a, b)
        return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / (torch.sin(omega) + eps)

    return slerp


def by_arcsine(a, b, t):
    cosine = cosine_of(a, b).clamp(-1, 1)
    return guarded(a, b, t, torch.arcsin((1 - cosine.square()).sqrt()))


def too_soon(bound, instead):
    def slerp(a, b, t):
        omega = clamped(a, b)
        return torch.where(omega.cos() > bound, instead(a, b, t), arc(a, b, t, omega))

    return slerp


def normalises_in_place(a, b, t):
    length = a.norm(dim=1, keepdim=True)
    a /= length
    b /= length
    return length * right_arc(a, b, t)


def writes_into_a(a, b, t):
    a.copy_(right_arc(a, b, t))
    return a


def first_angle_for_all(a, b, t):
    return guarded(a, b, t, clamped(a, b)[:1])


def seeded_arc(a, b, t):
    torch.manual_seed(0)
    return right_arc(a, b, t)


def from_ten_steps(a, b, t):
    return right_arc(a, b, round(10 * t) / 10)


def mean_length(a, b, t):
    u, v = F.normalize(a, dim=1), F.normalize(b, dim=1)
    return right_arc(u, v, t) * a.norm(dim=1).mean()


def angle_of_first_two(a, b):
    return cosine_of(a[:, :2], b[:, :2])


def gap(z, has):
    return z[has].mean(0) - z[~has].mean(0)


def unit(d):
    return d / d.norm()


def centres_in_place(z, has):
    z -= z.mean(0)
    return unit(gap(z, has))


def turns_has(z, has):
    has.logical_not_()
    return unit(-gap(z, has))


ATTACKS = {
    "attribute_direction": [
        ("state", centres_in_place),
        ("state", turns_has),
        ("unused", lambda z, has: unit(gap(z, z[:, 0] > 0))),
        ("unused", lambda z, has: unit(z.mean(0))),
        ("tolerance", lambda z, has: 1.001 * unit(gap(z, has))),
        ("tolerance", lambda z, has: gap(z, has) / (gap(z, has).norm() + 1e-6)),
        ("tolerance", lambda z, has: F.normalize(gap(z, has), dim=0, eps=1.0)),
        ("easy inputs", lambda z, has: unit(z[has].mean(0) - z.mean(0) + 0.01)),
        ("easy inputs", lambda z, has: unit(z[has].median(0).values - z[~has].median(0).values)),
        ("easy inputs", lambda z, has: unit(z[has].sum(0) / (has.sum() + 1) - z[~has].mean(0))),
        ("easy inputs", lambda z, has: F.normalize(gap(z.clamp(-3, 3), has), dim=0)),
        ("seed", lambda z, has: unit(z[has].sum(0) - z[~has].sum(0))),
        ("seed", lambda z, has: unit(z[has][0] - z[~has].mean(0))),
        ("mutant", lambda z, has: -unit(gap(z, has))),
        ("mutant", lambda z, has: gap(z, has) / gap(z, has).square().sum()),
        ("mutant", lambda z, has: unit(z[has].mean(0) + z[~has].mean(0))),
    ],
    "slerp": [
        ("state", normalises_in_place),
        ("state", writes_into_a),
        ("state", seeded_arc),
        ("unused", lambda a, b, t: right_arc(a, b, 0.5)),
        ("unused", from_ten_steps),
        ("unused", lambda a, b, t: right_arc(a, b, min(max(t, 0.1), 0.9))),
        ("unused", lambda a, b, t: guarded(a, b, t, clamped(a, b, cosine=angle_of_first_two))),
        ("unused", lambda a, b, t: guarded(a, b, t, torch.full((len(a), 1), 1.2))),
        ("tolerance", lambda a, b, t: right_arc(a, b, t) * 1.001),
        ("tolerance", lambda a, b, t: right_arc(a, b, 0.995 * t)),
        ("tolerance", lambda a, b, t: guarded(a, b, t, 1.01 * clamped(a, b))),
        ("tolerance", lambda a, b, t: guarded(a, b, t, clamped(a, b, 0.9))),
        ("tolerance", small_denominator(1e-3)),
        ("tolerance", too_soon(0.95, lambda a, b, t: a + t * (b - a))),
        ("tolerance", too_soon(0.999, lambda a, b, t: a)),
        ("easy inputs", small_denominator(1e-8)),
        ("easy inputs", lambda a, b, t: rescued(a, b, t, 0.0)),
        ("easy inputs", by_arcsine),
        ("easy inputs", lambda a, b, t: guarded(a, b, t, torch.arccos(cosine_of(a, b).clamp(0, 1)))),
        ("easy inputs", lambda a, b, t: guarded(a, b, t, torch.arccos(cosine_of(a, b).abs().clamp(0, 1)))),
        ("easy inputs", all_or_nothing),
        ("easy inputs", first_angle_for_all),
        ("easy inputs", mean_length),
        ("seed", only_bitwise_equal),
        ("seed", only_above_one),
        *[("seed", unclamped(cosine)) for cosine in (cosine_of, by_normalising, by_similarity, by_squares)],
        *[("seed", unguarded(cosine)) for cosine in (cosine_of, by_normalising, by_similarity)],
        ("mutant", lambda a, b, t: guarded(b, a, t, clamped(a, b))),
        ("mutant", lambda a, b, t: torch.where(clamped(a, b) < 1e-3, b - a, right_arc(a, b, t))),
        ("mutant", lambda a, b, t: guarded(a, b, t, clamped(a, b).mean(0, keepdim=True))),
        ("mutant", lambda a, b, t: guarded(a, b, t, math.pi - clamped(a, b))),
        ("mutant", lambda a, b, t: torch.where(clamped(a, b) > 1e-3, a, arc(a, b, t, clamped(a, b)))),
    ],
}
