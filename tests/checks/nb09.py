"""Notebook 09: other right ways to answer, and wrong answers with a part of the hint that each must get."""

import math

import numpy as np
import torch
from torch.nn.functional import kl_div


def ring_by_numpy(modes, radius):
    angles = np.linspace(0, 2 * np.pi, modes, endpoint=False)
    return radius * np.column_stack([np.cos(angles), np.sin(angles)])


def ring_by_loop(modes, radius):
    turn = 2 * math.pi / modes
    return [[radius * math.cos(turn * k), radius * math.sin(turn * k)] for k in range(modes)]


def ring_by_cut(modes, radius):
    angles = torch.linspace(0, 2 * math.pi, modes + 1)[:-1]
    return radius * torch.stack([torch.cos(angles), torch.sin(angles)], dim=1)


def ring_closed(modes, radius):
    angles = np.linspace(0, 2 * np.pi, modes)
    return radius * np.stack([np.cos(angles), np.sin(angles)], 1)


def counted_by_loop(x, centres, sigma):
    seen, good = set(), 0
    for point in x:
        distances = [math.dist(point.tolist(), centre.tolist()) for centre in centres]
        nearest = distances.index(min(distances))
        if distances[nearest] <= 3 * sigma:
            seen.add(nearest)
            good += 1
    return len(seen), good / len(x)


def counted_by_matrix(x, centres, sigma):
    squares = ((x[:, None] - centres[None]) ** 2).sum(-1)
    near = (squares <= 9 * sigma**2) & (squares == squares.min(1, keepdim=True).values)
    return near.any(0).sum(), near.any(1).float().mean()


def count_with(x, centres, limit, only_good=True):
    distance, mode = torch.cdist(x, centres).min(1)
    good = distance <= limit
    return len(set((mode[good] if only_good else mode).tolist())), good.float().mean()


def kl_by_numpy(counts, weights):
    q = counts.numpy() / counts.sum().item()
    there = q > 0
    return (q[there] * np.log(q[there] / weights.numpy()[there])).sum()


def kl_by_torch(counts, weights):
    return kl_div(weights.log(), counts / counts.sum(), reduction="sum")


def kl_nan(counts, weights):
    q = counts / counts.sum()
    return torch.sum(q * torch.log(q / weights))


def kl_forward(counts, weights):
    q = counts / counts.sum()
    return torch.sum(weights * torch.log(weights / q))


def spread_by_hand(features):
    centred = features - features.mean(0, keepdim=True)
    deviation = torch.sqrt((centred**2).sum(0) / len(features) + 1e-8)
    return torch.hstack([features, torch.ones(len(features), 1) * deviation.mean()])


def spread_by_moments(features):
    variance = torch.stack([column.var(unbiased=False) for column in features.T])
    number = torch.mean((variance + 1e-8) ** 0.5)
    return torch.nn.functional.pad(features, (0, 1)) + torch.nn.functional.pad(
        number.view(1, 1), (features.shape[1], 0)
    )


def spread_std(features, dim=0, **options):
    number = features.std(dim, **options).mean()
    return torch.cat([features, number.expand(len(features), 1)], 1)


def spread_root(features):
    number = features.var(0, correction=0).sqrt().mean()
    return torch.cat([features, number.expand(len(features), 1)], 1)


def spread_no_mean(features):
    deviation = (features.var(0, correction=0) + 1e-8).sqrt()
    return torch.cat([features, deviation.expand(len(features), -1)], 1)


def spread_variance(features):
    number = (features.var(0, correction=0) + 1e-8).mean()
    return torch.cat([features, number.expand(len(features), 1)], 1)


def spread_detached(features):
    with torch.no_grad():
        number = (features.var(0, correction=0) + 1e-8).sqrt().mean()
    return torch.cat([features, number.expand(len(features), 1)], 1)


def pack_by_loop(x, m):
    return torch.stack([torch.cat(list(x[k : k + m]), dim=0) for k in range(0, len(x), m)])


def pack_by_stride(x, m):
    return torch.cat([x[k::m] for k in range(m)], dim=1)


STYLES = {
    "ring_centres": [ring_by_numpy, ring_by_loop, ring_by_cut],
    "modes_and_good": [counted_by_loop, counted_by_matrix],
    "reverse_kl": [
        kl_by_numpy,
        kl_by_torch,
        lambda c, w: sum(n / c.sum() * (n / c.sum() / v).log() for n, v in zip(c, w) if n),
    ],
    "add_spread": [spread_by_hand, spread_by_moments],
    "pack": [pack_by_loop, pack_by_stride, lambda x, m: x.unflatten(0, (-1, m)).flatten(1, 2)],
}

WRONG = {
    "ring_centres": [
        (ring_closed, "the angles 0 and 2 pi are one"),
        (lambda n, r: ring_by_numpy(n, 1.0), "radius is not used"),
        (lambda n, r: ring_by_numpy(n, r)[:, ::-1].copy(), "x and y are exchanged"),
        (lambda n, r: ring_by_numpy(n, r).T, "One row a centre"),
        (lambda n, r: r * np.column_stack([np.cos(360 / n * np.arange(n)), np.sin(360 / n * np.arange(n))]), "degrees"),
        (lambda n, r: ring_by_cut(n + 1, r)[:n], "one part more"),
        (
            lambda n, r: r * np.column_stack([np.cos(np.pi * np.arange(n) / n), np.sin(np.pi * np.arange(n) / n)]),
            "Half a circle",
        ),
        (lambda n, r: ring_by_cut(n, r)[:-1], "The centres"),
    ],
    "modes_and_good": [
        (lambda x, c, s: count_with(x, c, 3 * s**2), "3 sigma²"),
        (lambda x, c, s: count_with(x, c, s), "not 1"),
        (lambda x, c, s: count_with(x, c, 3 * s, False), "is not covered"),
        (lambda x, c, s: count_with(x, c, math.sqrt(3) * s), "9 sigma²"),
        (lambda x, c, s: count_with(x, c, 3), "in sigmas"),
        (lambda x, c, s: counted_by_loop(x, c, s)[0], "two things"),
        (lambda x, c, s: (counted_by_loop(x, c, s)[0] / len(c), counted_by_loop(x, c, s)[1]), "share of the modes"),
        (lambda x, c, s: tuple(reversed(counted_by_loop(x, c, s))), "wrong order"),
    ],
    "reverse_kl": [
        (kl_nan, "0 * log 0"),
        (kl_forward, "KL(w || q)"),
        (lambda c, w: -kl_by_torch(c, w), "sign"),
        (lambda c, w: kl_by_torch(c, torch.ones_like(w)), "entropy"),
        (lambda c, w: kl_by_torch(c, torch.ones_like(w) / len(w)), "its own weight"),
        (lambda c, w: kl_by_torch(c, w) / math.log(2), "bits"),
        (lambda c, w: kl_div(w.log(), c / c.sum(), reduction="none").mean(), "average over the modes"),
        (lambda c, w: (c / c.sum() * ((c / c.sum() + 1e-4) / w).log()).sum(), "Nearly"),
        (lambda c, w: torch.xlogy(c, c / c.sum() / w).sum(), "by the share"),
    ],
    "add_spread": [
        (spread_std, "N - 1 instead of N"),
        (lambda f: spread_std(f, correction=0), "Nearly"),
        (spread_root, "slope of a root"),
        (spread_no_mean, "one further column"),
        (spread_variance, "mean variance"),
        (spread_detached, "No gradient passes"),
        (lambda f: f + f.std(0).mean(), "shape"),
        (lambda f: torch.cat([f, (f.var(1, correction=0, keepdim=True) + 1e-8).sqrt()], 1), "Compare the *rows*"),
        (lambda f: (f.var(0, correction=0) + 1e-8).sqrt().mean(), "shape"),
    ],
    "pack": [
        (lambda x, m: torch.cat([x] * m, dim=1), "different"),
        (lambda x, m: torch.cat(torch.chunk(x, m), dim=1), "*neighbours*"),
        (lambda x, m: x.view(-1, m, *x.shape[1:]), "axis of their own"),
        (lambda x, m: x.view(m, -1, *x.shape[2:]), "m packs of N / m"),
        (lambda x, m: torch.cat([x[k::m] for k in range(m)], dim=2), "below each other"),
        (lambda x, m: x.view(-1, m, *x.shape[1:]).mean(1), "average"),
        (
            lambda x, m: x.view(-1, m, *x.shape[1:]).transpose(1, 2).reshape(len(x) // m, -1, *x.shape[2:]),
            "interleaved",
        ),
    ],
}
