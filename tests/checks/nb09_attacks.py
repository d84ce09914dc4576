"""Notebook 09: wrong answers that a check could let through, each with its kind."""

import math
from collections import Counter

import numpy as np
import torch


def ring(modes, radius, start=0.0, turn=2 * math.pi):
    angles = start + turn * torch.arange(modes) / modes
    return radius * torch.stack([angles.cos(), angles.sin()], 1)


def seeded(answer):
    def with_seed(*given):
        torch.manual_seed(0)
        return answer(*given)

    return with_seed


def remembering(answer):
    """Return an answer that gives its first result again for what has the same shape."""
    found = {}
    return lambda *given: found.setdefault(str([one.shape for one in given if hasattr(one, "shape")]), answer(*given))


def changing(answer, change):
    def changed(*given):
        result = answer(*given)
        change(*given)
        return result

    return changed


def covered(x, centres, sigma, limit=3.0, at_least=1):
    distance, mode = torch.cdist(x, centres).min(1)
    good = distance <= limit * sigma
    counts = Counter(mode[good].tolist())
    return sum(count >= at_least for count in counts.values()), good.float().mean()


def any_within(x, centres, sigma):
    near = torch.cdist(x, centres) <= 3 * sigma
    return near.any(0).sum(), near.any(1).float().mean()


def shares_of_pairs(x, centres, sigma):
    near = torch.cdist(x, centres) <= 3 * sigma
    return covered(x, centres, sigma)[0], near.float().sum() / len(x)


def sorted_first(x, centres, sigma):
    x.copy_(x[torch.cdist(x, centres).min(1).indices.argsort()])
    return covered(x, centres, sigma)


def nearest_wins_by_order(x, centres, sigma):
    near = torch.cdist(x, centres) <= 3 * sigma
    first = near.float().argmax(1)[near.any(1)]
    return len(first.unique()), near.any(1).float().mean()


def kl(counts, weights, small=0.0):
    q = counts / counts.sum()
    return torch.xlogy(q, (q + small) / weights).sum()


def kl_in_place(counts, weights):
    weights /= weights.sum()
    weights *= 1.0000001
    return kl(counts, weights)


def kl_without_empty(counts, weights):
    there = counts > 0
    return kl(counts[there], weights[there] / weights[there].sum())


def kl_smoothed(counts, weights):
    return kl(counts + 1, weights)


def kl_rounded(counts, weights):
    return round(float(kl(counts, weights)), 2)


def kl_never_negative(counts, weights):
    q = counts / counts.sum()
    return (q * (q / weights + 1e-30).log()).clamp(min=0).sum()


def kl_scipy_backwards(counts, weights):
    q = (counts / counts.sum()).numpy()
    w = weights.numpy()
    return float(np.sum(np.where(q > 0, w * np.log(w / np.maximum(q, 1e-9)), 0)))


def spread(features, least=1e-8, correction=0, of=lambda f: f):
    deviation = (of(features).var(0, correction=correction) + least).sqrt()
    return torch.cat([features, deviation.mean().expand(len(features), 1)], 1)


def spread_outside(features):
    deviation = features.var(0, correction=0).sqrt() + 1e-4
    return torch.cat([features, deviation.mean().expand(len(features), 1)], 1)


def spread_where(features):
    number = features.std(0, correction=0).mean() if len(features) > 1 and features.std() > 0 else features.sum() * 0
    return torch.cat([features, number.expand(len(features), 1)], 1)


def spread_clamped(features):
    deviation = features.var(0, correction=0).clamp(min=1e-8).sqrt()
    return torch.cat([features, deviation.mean().expand(len(features), 1)], 1)


def spread_cut_features(features):
    return torch.cat([features.detach(), spread(features)[:, -1:]], 1)


def spread_cut_mean(features):
    deviation = ((features - features.mean(0)).detach().square().mean(0) + 1e-8).sqrt()
    return torch.cat([features, deviation.mean().expand(len(features), 1)], 1)


def spread_of_distances(features):
    deviation = ((features[:, None] - features[None]).square().mean((0, 1)) + 1e-8).sqrt()
    return torch.cat([features, deviation.mean().expand(len(features), 1)], 1)


def spread_in_place(features):
    result = spread(features)
    with torch.no_grad():
        features -= features.mean(0)
    return result


def pack(x, m):
    return x.reshape(len(x) // m, m * x.shape[1], *x.shape[2:])


def pack_twos(x, m):
    return pack(x, 2)


def pack_shuffled(x, m):
    return pack(x[torch.randperm(len(x))], m)


def pack_reversed(x, m):
    return pack(x.reshape(-1, m, *x.shape[1:]).flip(1).flatten(0, 1), m)


def pack_transposed(x, m):
    return pack(x.transpose(2, 3), m).reshape(len(x) // m, m * x.shape[1], *x.shape[2:])


def pack_square(x, m):
    side = x.shape[-1]
    return x.reshape(len(x) // m, m * x.shape[1], side, side)


def pack_grey(x, m):
    return x[:, :1].reshape(len(x) // m, m, *x.shape[2:])


def pack_in_place(x, m):
    result = pack(x, m).clone()
    x.zero_()
    return result


ATTACKS = {
    "ring_centres": [
        ("state", seeded(ring)),
        ("state", changing(ring, lambda n, r: np.random.seed(0))),  # noqa: NPY002
        ("state", changing(ring, lambda n, r: torch.set_default_dtype(torch.float32) or torch.set_grad_enabled(False))),
        ("unused", lambda n, r: ring(n, 1.0)),
        ("unused", lambda n, r: ring(8, r)[:n]),
        ("unused", lambda n, r: ring(n, round(r))),
        ("tolerance", lambda n, r: ring(n, 1.002 * r)),
        ("tolerance", lambda n, r: ring(n, r, turn=6.28)),
        ("tolerance", lambda n, r: ring(n, r, start=0.002)),
        ("easy inputs", lambda n, r: ring(max(n, 3), r)),
        ("easy inputs", lambda n, r: ring(n, r)[: max(n - 1, 1)] if n == 1 else ring(n, r)[torch.randperm(n)]),
        ("easy inputs", lambda n, r: r * torch.stack([torch.linspace(0, 2 * math.pi, n).cos(), ring(n, 1.0)[:, 1]], 1)),
        ("seed", lambda n, r: ring(n, r) if n < 9 else ring(n, 1.0)),
        ("mutant", lambda n, r: ring(n, r, turn=1.2 * 2 * math.pi)),
        ("mutant", lambda n, r: ring(n + 1, r)[1:]),
    ],
    "modes_and_good": [
        ("state", sorted_first),
        ("state", changing(covered, lambda x, c, s: c.add_(1))),
        ("state", changing(covered, lambda x, c, s: x.requires_grad_())),
        ("state", seeded(covered)),
        ("unused", lambda x, c, s: covered(x, c, 0.1)),
        ("unused", lambda x, c, s: covered(x, c, float(c.norm(dim=1).mean()) * 0.1)),
        ("tolerance", lambda x, c, s: covered(x, c, s, limit=2.8)),
        ("tolerance", lambda x, c, s: covered(x, c, s, limit=3.3)),
        ("tolerance", lambda x, c, s: (covered(x, c, s)[0], round(float(covered(x, c, s)[1]), 2))),
        ("easy inputs", any_within),
        ("easy inputs", shares_of_pairs),
        ("easy inputs", nearest_wins_by_order),
        ("easy inputs", lambda x, c, s: (max(1, covered(x, c, s)[0]), covered(x, c, s)[1])),
        ("easy inputs", lambda x, c, s: covered(x, c, s, at_least=2)),
        ("easy inputs", lambda x, c, s: (covered(x, c, s)[0], covered(x, c, s)[1] * len(x) / max(1, len(x) - 1))),
        ("seed", remembering(covered)),
        ("tolerance", lambda x, c, s: covered(x, c, s, limit=3.03)),
        ("tolerance", lambda x, c, s: covered(x, c, s, limit=2.97)),
        ("mutant", lambda x, c, s: covered(x, c, s, limit=3 * 1.2)),
        ("mutant", lambda x, c, s: covered(c, x, s)),
    ],
    "reverse_kl": [
        ("state", kl_in_place),
        ("state", changing(kl, lambda c, w: c.add_(1))),
        ("state", seeded(kl)),
        ("unused", lambda c, w: kl(c, torch.full_like(w, 1 / len(w)))),
        ("unused", lambda c, w: kl(c, w.sort().values)),
        ("tolerance", kl_rounded),
        ("tolerance", lambda c, w: kl(c, w, 1e-3)),
        ("tolerance", lambda c, w: 1.005 * kl(c, w)),
        ("tolerance", lambda c, w: kl(c, w) + 0.001),
        ("easy inputs", kl_without_empty),
        ("easy inputs", kl_smoothed),
        ("easy inputs", kl_never_negative),
        ("easy inputs", kl_scipy_backwards),
        ("easy inputs", lambda c, w: kl(c.to(torch.int32), w) if c.max() < 1000 else kl(c.to(torch.int16), w)),
        ("easy inputs", lambda c, w: kl(c.clamp(min=1), w)),
        ("seed", remembering(kl)),
        ("mutant", lambda c, w: kl(c, 1.2 * w)),
        ("mutant", lambda c, w: kl(w, c / c.sum())),
    ],
    "add_spread": [
        ("state", spread_in_place),
        ("state", seeded(spread)),
        ("state", changing(spread, lambda f: f.sum().backward())),
        ("unused", lambda f: spread(torch.zeros_like(f) + f.detach())),
        ("tolerance", lambda f: spread(f, 1e-7)),
        ("tolerance", lambda f: spread(f, 2e-8)),
        ("tolerance", lambda f: spread(f, 1e-12)),
        ("tolerance", lambda f: spread(f, correction=1)),
        ("easy inputs", spread_outside),
        ("easy inputs", spread_where),
        ("easy inputs", spread_clamped),
        ("easy inputs", spread_of_distances),
        ("easy inputs", spread_cut_features),
        ("easy inputs", spread_cut_mean),
        ("easy inputs", lambda f: spread(f, of=lambda f: f / f.detach().std().clamp(min=1e-3))),
        ("seed", remembering(lambda f: spread(f).detach().requires_grad_())),
        ("mutant", lambda f: spread(f, 1.2e-8)),
        ("mutant", lambda f: torch.cat([f, spread(f)[:, -1:].mean().expand(len(f), 2)], 1)),
    ],
    "pack": [
        ("state", pack_in_place),
        ("state", seeded(pack)),
        ("state", changing(pack, lambda x, m: x.mul_(2))),
        ("state", changing(lambda x, m: pack(x, m).clone(), lambda x, m: x.requires_grad_())),
        ("unused", pack_twos),
        ("unused", lambda x, m: pack(x, 3) if len(x) % 3 == 0 else pack(x, m)),
        ("tolerance", lambda x, m: 1.001 * pack(x, m)),
        ("tolerance", lambda x, m: pack(x, m).half().float()),
        ("easy inputs", pack_square),
        ("easy inputs", pack_grey),
        ("easy inputs", pack_transposed),
        ("easy inputs", pack_reversed),
        ("easy inputs", lambda x, m: pack(x, m) if m > 1 else x[0:1]),
        ("easy inputs", pack_shuffled),
        ("seed", remembering(pack)),
        ("mutant", lambda x, m: x.reshape(m, len(x) // m * x.shape[1], *x.shape[2:])),
    ],
}
