"""Notebook 10: other right ways to answer, and wrong answers with a part of the hint that each must get."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from ganlib.latent import ways


def arc_by_library(a, b, t):
    return torch.cat([ways.slerp(one, other, torch.tensor([t])) for one, other in zip(a, b)])


def arc_by_rotation(a, b, t):
    u = F.normalize(a.double(), dim=1)
    v = F.normalize(b.double(), dim=1)
    cosine = (u * v).sum(1, keepdim=True).clamp(-1, 1)
    side = F.normalize(v - cosine * u, dim=1)
    omega = torch.arccos(cosine)
    return a.norm(dim=1, keepdim=True) * (torch.cos(t * omega) * u + torch.sin(t * omega) * side)


def arc_published(a, b, t):
    """As White's code has it: a straight way where the sine vanishes."""
    omega = torch.arccos(
        (a / a.norm(dim=1, keepdim=True) * b / b.norm(dim=1, keepdim=True)).sum(1, keepdim=True).clamp(-1, 1)
    )
    so = torch.sin(omega)
    arc = torch.sin((1.0 - t) * omega) / so * a + torch.sin(t * omega) / so * b
    return torch.where(so < 1e-3, (1.0 - t) * a + t * b, arc)


def arc_plain(a, b, t):
    u, v = F.normalize(a, dim=1), F.normalize(b, dim=1)
    omega = torch.arccos((u * v).sum(1, keepdim=True))
    return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)


def arc_unnormalised(a, b, t):
    omega = torch.arccos((a * b).sum(1, keepdim=True))
    return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)


def arc_whole_batch(a, b, t):
    omega = torch.arccos(F.cosine_similarity(a.flatten(), b.flatten(), dim=0))
    return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)


def direction_by_weights(z, has):
    has = has.float()
    d = has @ z / has.sum() - (1 - has) @ z / (1 - has).sum()
    return d / d.square().sum().sqrt()


def direction_by_numpy(z, has):
    z, has = z.numpy(), has.numpy()
    d = z[has].mean(axis=0) - z[~has].mean(axis=0)
    return d / np.linalg.norm(d)


def find_by_grad(G, x, z_start, steps, rate):
    z = z_start.clone()
    for _ in range(steps):
        z.requires_grad_(True)
        loss = ((G(z) - x) ** 2).mean(dim=(1, 2, 3)).sum()
        z = (z - rate * torch.autograd.grad(loss, z)[0]).detach()
    return z


def find_frozen(G, x, z_start, steps, rate):
    for parameter in G.parameters():
        parameter.requires_grad_(False)
    z = torch.nn.Parameter(z_start.clone())
    optimiser = torch.optim.SGD([z], lr=rate)
    for _ in range(steps):
        optimiser.zero_grad()
        F.mse_loss(G(z), x, reduction="sum").div(x[0].numel()).backward()
        optimiser.step()
    G.requires_grad_(True)
    return z.detach()


def find_with(
    parameters, loss=lambda x, y: (x - y).square().flatten(1).mean(1).sum(), zero=True, optimiser=torch.optim.SGD
):
    def find_z(G, x, z_start, steps, rate):
        z = z_start.clone().requires_grad_(True)
        opt = optimiser(parameters(G, z), lr=rate)
        for _ in range(steps):
            if zero:
                opt.zero_grad()
            loss(G(z), x).backward()
            opt.step()
        return z.detach()

    return find_z


def only_z(G, z):
    return [z]


def distances(x):
    return torch.cdist(x.flatten(1), x.flatten(1))


def others_by_eye(x):
    d = distances(x)
    d[torch.eye(len(x), dtype=bool)] = float("inf")
    return d.min(dim=1).values


def others_by_loop(x):
    return [min(float((a - b).norm()) for j, b in enumerate(x) if j != i) for i, a in enumerate(x)]


def others_by_topk(x):
    return distances(x).topk(2, dim=1, largest=False).values[:, 1]


def others_no_zero(x):
    d = distances(x)
    d[d == 0] = float("inf")
    return d.min(1).values


def auc_by_sklearn(usual, outlier):
    from sklearn.metrics import roc_auc_score

    labels = np.r_[np.zeros(len(usual)), np.ones(len(outlier))]
    return roc_auc_score(labels, torch.cat([usual, outlier]).numpy())


def auc_by_loop(usual, outlier):
    won = [(o > u) + 0.5 * (o == u) for o in outlier.tolist() for u in usual.tolist()]
    return sum(won) / len(won)


def auc_by_sign(usual, outlier):
    return 0.5 + 0.5 * torch.sign(outlier[:, None] - usual[None, :]).mean()


STYLES = {
    "slerp": [arc_by_library, arc_by_rotation, arc_published],
    "attribute_direction": [
        direction_by_weights,
        direction_by_numpy,
        lambda z, has: F.normalize(z[has].mean(0) - z[~has].mean(0), dim=0),
    ],
    "find_z": [find_by_grad, find_frozen],
    "nearest_other": [others_by_eye, others_by_loop, others_by_topk],
    "auc": [auc_by_sklearn, auc_by_loop, auc_by_sign],
}

WRONG = {
    "slerp": [
        (lambda a, b, t: torch.lerp(a, b, t), "cuts the corner"),
        (lambda a, b, t: arc_published(b, a, t), "t = 0 should give a"),
        (arc_plain, "0/0"),
        (arc_unnormalised, "more than 1"),
        (arc_whole_batch, "share one angle"),
        (lambda a, b, t: F.normalize(arc_published(a, b, t), dim=1), "length is 1"),
        (lambda a, b, t: F.normalize(torch.lerp(a, b, t), dim=1) * a.norm(dim=1, keepdim=True), "stretch"),
    ],
    "attribute_direction": [
        (lambda z, has: F.normalize(z[~has].mean(0) - z[has].mean(0), dim=0), "other way"),
        (lambda z, has: z[has].mean(0) - z[~has].mean(0), "length is not 1"),
        (lambda z, has: F.normalize(z[has].mean(0), dim=0), "no direction yet"),
        (lambda z, has: F.normalize(z[has].sum(0) - z[~has].sum(0), dim=0), "sum over the faces"),
        (lambda z, has: F.normalize(z[has][0] - z[~has][0], dim=0), "One pair of faces"),
        (
            lambda z, has: F.normalize((z * has[:, None]).mean(0) - (z * ~has[:, None]).mean(0), dim=0),
            "each group alone",
        ),
        (lambda z, has: F.normalize(z[has].mean(1) - z[~has].mean(1), dim=0), "RuntimeError"),
    ],
    "find_z": [
        (find_with(lambda G, z: G.parameters()), "does not move"),
        (find_with(lambda G, z: [z, *G.parameters()]), "bent as well"),
        (find_with(only_z, zero=False), "add up"),
        (find_with(only_z, lambda y, x: (x - y).square().mean(1).sum()), "one axis"),
        (find_with(only_z, F.mse_loss), "averaged over the pictures"),
        (find_with(only_z, lambda y, x: (x - y).square().sum()), "summed over the pixels"),
        (find_with(only_z, lambda y, x: -(x - y).square().flatten(1).mean(1).sum()), "climb"),
        (find_with(only_z, optimiser=torch.optim.Adam), "That is Adam"),
        (find_with(lambda G, z: [z.detach()]), "comes back as it went in"),
        (lambda G, x, z, steps, rate: find_by_grad(G, x, torch.zeros_like(z), steps, rate), "begins at 0"),
    ],
    "nearest_other": [
        (lambda x: distances(x).min(1).values, "is itself"),
        (others_no_zero, "twins"),
        (lambda x: others_by_eye(x) ** 2, "squared"),
        (lambda x: distances(x).topk(2, largest=False).indices[:, 1], "How far"),
        (lambda x: distances(x).sort(1).values[:, 2], "IndexError"),
        (lambda x: others_by_eye(x).min(), "each picture"),
        (lambda x: distances(x).max(1).values, "farthest"),
        (lambda x: others_by_eye(x) / math.sqrt(x[0].numel()), "averaged over the pixels"),
    ],
    "auc": [
        (lambda u, o: auc_by_loop(o, u), "exchanged"),
        (lambda u, o: (o[:, None] > u[None]).float().mean(), "not nothing"),
        (lambda u, o: (o[:, None] >= u[None]).double().mean(), "not as a win"),
        (lambda u, o: (o > u.mean()).float().mean(), "one threshold"),
        (lambda u, o: o.mean() - u.mean(), "own unit"),
        (lambda u, o: (o[:, None] > u).sum() + 0.5 * (o[:, None] == u).sum(), "number of pairs"),
        (lambda u, o: (o > u).float().mean(), "RuntimeError"),
    ],
}
