"""Notebook 09: further right answers."""

import math

import numpy as np
import torch
from torch import nn


def kl(counts, weights):
    q = counts / counts.sum()
    return torch.xlogy(q, q / weights).sum()


def ring(modes, radius):
    angles = 2 * math.pi * torch.arange(modes) / modes
    return radius * torch.stack([angles.cos(), angles.sin()], 1)


def covered(x, centres, sigma):
    distance, mode = torch.cdist(x, centres).min(1)
    return len(mode[distance <= 3 * sigma].unique()), (distance <= 3 * sigma).float().mean()


def spread(features):
    deviation = (features.var(0, correction=0) + 1e-8).sqrt()
    return torch.cat([features, deviation.mean().expand(len(features), 1)], 1)


def ring_by_complex(modes, radius):
    z = radius * torch.exp(2j * math.pi * torch.arange(modes) / modes)
    return torch.view_as_real(z)


def ring_by_turning(modes, radius):
    turn = 2 * math.pi / modes
    rotation = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    points = [np.array([radius, 0.0])]
    for _ in range(modes - 1):
        points.append(points[-1] @ rotation)
    return np.array(points)


def covered_by_numpy(x, centres, sigma):
    distances = np.linalg.norm(x.numpy()[:, None] - centres.numpy()[None], axis=-1)
    nearest, good = distances.argmin(1), distances.min(1) <= 3 * sigma
    return int(np.unique(nearest[good]).size), float(good.mean())


def covered_by_onehot(x, centres, sigma):
    squares = (x.unsqueeze(1) - centres).pow(2).sum(2)
    hit = nn.functional.one_hot(squares.argmin(1), len(centres)) * (squares.min(1).values <= (3 * sigma) ** 2)[:, None]
    return (hit.sum(0) > 0).sum().item(), hit.sum() / len(x)


def covered_by_parts(x, centres, sigma):
    distances = torch.stack([(x - centre).norm(dim=1) for centre in centres])
    found = [bool(((distances.argmin(0) == k) & (distances[k] <= 3 * sigma)).any()) for k in range(len(centres))]
    return torch.tensor(sum(found)), (distances.amin(0) <= 3 * sigma).double().mean()


def spread_by_loop(features):
    total = 0
    for f in range(features.shape[1]):
        column = features[:, f]
        total = total + torch.sqrt(((column - column.mean()) ** 2).mean() + 1e-8)
    return torch.cat([features, (total / features.shape[1]).repeat(len(features), 1)], dim=1)


def spread_by_matrix(features):
    n = len(features)
    centring = torch.eye(n) - torch.full((n, n), 1 / n)
    number = ((centring @ features).square().mean(0) + 1e-8).sqrt().mean()
    return torch.column_stack([features, number * torch.ones(n)])


class Spread(nn.Module):
    def forward(self, features):
        variance, _ = torch.var_mean(features, 0, correction=0)
        return torch.cat([features, torch.sqrt(variance + 1e-8).mean() + 0 * features[:, :1]], -1)


STYLES = {
    "ring_centres": [
        ring_by_complex,
        ring_by_turning,
        lambda n, r: ring(n, r).double(),
        lambda n, r: [(r * math.cos(2 * math.pi * k / n), r * math.sin(2 * math.pi * k / n)) for k in range(n)],
    ],
    "modes_and_good": [
        covered_by_numpy,
        covered_by_onehot,
        covered_by_parts,
        lambda x, c, s: [covered(x, c, s)[0], covered(x.double(), c.double(), s)[1]],
    ],
    "reverse_kl": [
        lambda c, w: torch.where(c > 0, c / c.sum() * (c.clamp(min=1) / c.sum() / w).log(), torch.zeros_like(w)).sum(),
        lambda c, w: torch.nansum(c / c.sum() * torch.log(c / c.sum() / w)),
        lambda c, w: torch.special.rel_entr(c / c.sum(), w).sum() if hasattr(torch.special, "rel_entr") else kl(c, w),
        lambda c, w: sum(q * math.log(q / v) for q, v in zip((c / c.sum()).tolist(), w.tolist()) if q > 0),
        lambda c, w: (
            torch.distributions.kl_divergence(
                torch.distributions.Categorical(c / c.sum()), torch.distributions.Categorical(w)
            )
            if (c > 0).all()
            else kl(c.double(), w.double())
        ),
    ],
    "add_spread": [
        spread_by_loop,
        spread_by_matrix,
        Spread(),
        lambda f: nn.functional.pad(f, (0, 1)) + nn.functional.pad(spread(f)[:, -1:], (f.shape[1], 0)),
    ],
    "pack": [
        lambda x, m: torch.cat([x[k::m].clone() for k in range(m)], 1),
        lambda x, m: torch.stack([one.flatten(0, 1) for one in x.split(m)]),
        lambda x, m: np.concatenate([x.numpy()[k::m] for k in range(m)], axis=1),
        lambda x, m: x.contiguous().view(-1, m * x.size(1), x.size(2), x.size(3)),
    ],
}
