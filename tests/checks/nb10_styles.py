"""Notebook 10: further right answers, in styles far from the course's own."""

import copy
import math

import numpy as np
import torch
import torch.nn.functional as F


def arc_by_numpy(a, b, t):
    a, b = a.numpy().astype(np.float64), b.numpy().astype(np.float64)
    length = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    omega = np.arccos(np.clip(np.einsum("nd,nd->n", a, b) / length, -1, 1))[:, None]
    small = omega < 1e-6
    below = np.where(small, 1.0, np.sin(omega))
    arc = np.sin((1 - t) * omega) / below * a + np.sin(t * omega) / below * b
    return np.where(small, (1 - t) * a + t * b, arc)


def arc_by_loop(a, b, t):
    rows = []
    for one, other in zip(a, b):
        cosine = float(one @ other) / float(one.norm() * other.norm())
        omega = math.acos(max(-1.0, min(1.0, cosine)))
        if omega < 1e-4:
            rows.append(one)
        else:
            first, second = (math.sin(part * omega) / math.sin(omega) for part in (1 - t, t))
            rows.append(first * one + second * other)
    return torch.stack(rows)


def arc_with_threshold(a, b, t, straight_above=0.9995):
    """As many published codes have it."""
    cosine = (F.normalize(a, dim=1) * F.normalize(b, dim=1)).sum(1, keepdim=True)
    omega = torch.acos(cosine.clamp(-1, 1))
    arc = torch.sin((1 - t) * omega) / torch.sin(omega) * a + torch.sin(t * omega) / torch.sin(omega) * b
    return torch.where(cosine.abs() > straight_above, torch.lerp(a, b, t), arc)


def arc_clamped_inside(a, b, t):
    omega = torch.acos(F.cosine_similarity(a, b).clamp(-1 + 1e-7, 1 - 1e-7)).unsqueeze(1)
    return (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)


def arc_by_half_angle(a, b, t):
    omega = 2 * torch.asin(((a - b).norm(dim=1) / (2 * a.norm(dim=1))).clamp(max=1))[:, None]
    weights = [part * torch.sinc(part * omega / math.pi) / torch.sinc(omega / math.pi) for part in (1 - t, t)]
    return weights[0] * a + weights[1] * b


def arc_by_mask(a, b, t):
    result = a.clone()
    cosine = (a * b).sum(1) / a.square().sum(1)
    moving = cosine < 1 - 1e-6
    omega = torch.acos(cosine[moving]).unsqueeze(-1)
    result[moving] = (torch.sin((1 - t) * omega) * a[moving] + torch.sin(t * omega) * b[moving]) / torch.sin(omega)
    return result


def arc_nan_to_a(a, b, t):
    omega = torch.arccos((a * b).sum(1, keepdim=True) / (a.norm(dim=1) * b.norm(dim=1))[:, None])
    arc = (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / torch.sin(omega)
    return torch.where(arc.isnan(), a, arc)


def arc_of_a_class(a, b, t):
    class Arc(torch.nn.Module):
        def forward(self, a, b):
            return torch.vmap(self.one)(a, b)

        def one(self, a, b):
            omega = torch.arccos(torch.clamp(a @ b / (a.norm() * b.norm()), -1.0, 1.0))
            arc = (torch.sin((1 - t) * omega) * a + torch.sin(t * omega) * b) / omega.sin()
            return torch.where(omega < 1e-3, a, arc)

    return Arc()(a, b)


def auc_by_mid_ranks(usual, outlier):
    from scipy.stats import rankdata

    n, m = len(usual), len(outlier)
    ranks = rankdata(np.concatenate([usual.numpy(), outlier.numpy()]))
    return (ranks[n:].sum() - m * (m + 1) / 2) / (n * m)


def auc_by_mann_whitney(usual, outlier):
    from scipy.stats import mannwhitneyu

    return mannwhitneyu(outlier.numpy(), usual.numpy()).statistic / (len(usual) * len(outlier))


def auc_by_search(usual, outlier):
    in_order = usual.sort().values
    below = torch.searchsorted(in_order, outlier, right=False)
    up_to = torch.searchsorted(in_order, outlier, right=True)
    return (below + up_to).double().mean() / 2 / len(usual)


def auc_by_curve(usual, outlier):
    cuts = torch.cat([usual, outlier]).unique()
    cuts = torch.cat([cuts, cuts[-1:] + 1 + cuts[-1:].abs()])
    false = [float((usual >= cut).double().mean()) for cut in cuts]
    true = [float((outlier >= cut).double().mean()) for cut in cuts]
    return float(np.trapezoid(true[::-1], false[::-1]))


def auc_by_heaviside(usual, outlier):
    return torch.heaviside(outlier.unsqueeze(1) - usual.unsqueeze(0), torch.tensor(0.5)).mean().item()


def auc_by_scikit_learn(usual, outlier):
    from sklearn.metrics import roc_auc_score

    return roc_auc_score([0] * len(usual) + [1] * len(outlier), torch.cat([usual, outlier]))


def find_row_by_row(G, x, z_start, steps, rate):
    rows = []
    for picture, z in zip(x, z_start):
        for _ in range(steps):
            z = z.detach().requires_grad_(True)
            torch.mean((G(z[None])[0] - picture) ** 2).backward()
            z = z - rate * z.grad
        rows.append(z.detach())
    return torch.stack(rows)


def find_by_data(G, x, z_start, steps, rate):
    """G collects gradients meanwhile, and stays what it is; the result is a leaf that could be searched on."""
    z = torch.nn.Parameter(z_start.detach().clone())
    for _ in range(steps):
        z.grad = None
        F.mse_loss(G(z), x, reduction="none").mean(dim=(1, 2, 3)).sum().backward()
        z.data -= rate * z.grad
    return z


def find_in_a_copy(G, x, z_start, steps, rate):
    own = copy.deepcopy(G).requires_grad_(False)
    z = z_start.clone().requires_grad_()
    optimiser = torch.optim.SGD(params=[z], lr=rate, momentum=0.0)
    for _ in range(steps):
        optimiser.zero_grad(set_to_none=False)
        loss = len(x) * F.mse_loss(own(z), x)
        loss.backward()
        optimiser.step()
    return z.detach().numpy()


def find_functionally(G, x, z_start, steps, rate):
    weights = {**dict(G.named_parameters()), **dict(G.named_buffers())}

    def error(z):
        return (torch.func.functional_call(G, weights, (z,)) - x).pow(2).flatten(1).mean(1).sum()

    z = z_start
    for _ in range(steps):
        z = z - rate * torch.func.grad(error)(z)
    return z.detach()


def find_frozen_for_now(G, x, z_start, steps, rate):
    trained = [parameter.requires_grad for parameter in G.parameters()]
    G.requires_grad_(False)
    z = z_start.clone().requires_grad_(True)
    while steps > 0:
        (slope,) = torch.autograd.grad(((G(z) - x) ** 2).flatten(1).mean(-1).sum(), [z])
        with torch.no_grad():
            z -= rate * slope
        steps -= 1
    for parameter, flag in zip(G.parameters(), trained):
        parameter.requires_grad_(flag)
    return z.detach()


def others_by_shortcut(x):
    flat = x.flatten(1).double()
    squares = flat.square().sum(1)
    d = squares[:, None] + squares - 2 * flat @ flat.T
    return (d + torch.diag(torch.full((len(x),), math.inf))).amin(1).clamp(min=0).sqrt()


def others_by_numpy(x):
    x = x.numpy().reshape(len(x), -1)
    return np.array([np.linalg.norm(np.delete(x, k, axis=0) - x[k], axis=1).min() for k in range(len(x))])


STYLES = {
    "attribute_direction": [
        lambda z, has: F.normalize(z[has].mean(0) - z.mean(0), dim=0),
        lambda z, has: (d := z[has].double().mean(0) - z[has.logical_not()].double().mean(0)) / torch.linalg.norm(d),
        lambda z, has: F.normalize(torch.einsum("n,nd->d", has / has.sum() - ~has / (~has).sum(), z), dim=0),
        lambda z, has: F.normalize(torch.stack([r for r, h in zip(z, has) if h]).mean(0) - z[has == 0].mean(0), dim=0),
    ],
    "nearest_other": [
        others_by_shortcut,
        others_by_numpy,
        lambda x: (x[:, None] - x).pow(2).sum((2, 3, 4)).sqrt().sort(dim=1).values[:, 1],
        lambda x: torch.cdist(x.flatten(1), x.flatten(1)).kthvalue(2, dim=1).values,
    ],
    "find_z": [find_row_by_row, find_by_data, find_in_a_copy, find_functionally, find_frozen_for_now],
    "auc": [
        auc_by_mid_ranks,
        auc_by_mann_whitney,
        auc_by_search,
        auc_by_curve,
        auc_by_heaviside,
        auc_by_scikit_learn,
        lambda u, o: np.mean([0.5 * (np.sign(a - b) + 1) for a in o.numpy() for b in u.numpy()]),
        lambda u, o: ((o[:, None] > u).double().mean() + (o[:, None] >= u).double().mean()) / 2,
    ],
    "slerp": [
        arc_by_numpy,
        arc_by_loop,
        arc_with_threshold,
        lambda a, b, t: arc_with_threshold(a, b, t, 0.999),
        arc_clamped_inside,
        arc_by_half_angle,
        arc_by_mask,
        arc_nan_to_a,
        arc_of_a_class,
        lambda a, b, t: arc_by_loop(a.double(), b.double(), t),
    ],
}
