"""Notebook 01: other right ways to answer, and wrong answers with a part of the hint that each must get."""

import math

import numpy as np
import torch
from torch.distributions import Independent, MultivariateNormal, Normal
from torch.nn.functional import gaussian_nll_loss


def by_distribution(x, mean, sigma):
    return Independent(Normal(mean, sigma), 1).log_prob(x)


def by_norm(x, mean, sigma):
    D = len(mean)
    return -((x - mean).norm(dim=1) ** 2) / (2 * sigma**2) - D / 2 * math.log(2 * math.pi * sigma**2)


def variance_for_sd(x, mean, sigma):
    return MultivariateNormal(mean, sigma * torch.eye(len(mean))).log_prob(x)


def mixture_loop(log_parts, weights):
    largest = log_parts.max(1, keepdim=True).values
    return largest[:, 0] + ((log_parts - largest).exp() @ weights).log()


def by_logaddexp(prior, like, q):
    total = (prior + like - q)[0]
    for row in (prior + like - q)[1:]:
        total = torch.logaddexp(total, row)
    return total - math.log(len(prior))


def largest_out(prior, like, q):
    log_w = prior + like - q
    top = log_w.amax(0)
    return (log_w - top).exp().mean(0).log() + top


def ppca_svd(x, M):
    x = x - x.mean(0)
    _, S, V = torch.linalg.svd(x, full_matrices=False)
    values = S**2 / len(x)
    sigma2 = values[M:].sum() / (x.shape[1] - M)
    return V[:M].T @ torch.diag(values[:M] - sigma2) @ V[:M] + sigma2 * torch.eye(x.shape[1], dtype=x.dtype)


def ppca_numpy(x, M):
    x = x.numpy()
    values, U = np.linalg.eigh(np.cov(x.T, ddof=0))
    sigma2 = values[:-M].mean()
    return U @ np.diag(np.where(np.arange(len(values)) >= len(values) - M, values, sigma2)) @ U.T


def ppca_wrong_end(x, M):
    values, U = torch.linalg.eigh(torch.cov(x.T, correction=0))
    sigma2 = values[M:].mean()
    W = U[:, :M] * (values[:M] - sigma2).sqrt()
    return W @ W.T + sigma2 * torch.eye(len(values), dtype=x.dtype)


def ppca_twice(x, M):
    values, U = torch.linalg.eigh(torch.cov(x.T, correction=0))
    sigma2 = values[:-M].mean()
    return U[:, -M:] @ torch.diag(values[-M:]) @ U[:, -M:].T + sigma2 * torch.eye(len(values), dtype=x.dtype)


def ppca_no_noise(x, M):
    values, U = torch.linalg.eigh(torch.cov(x.T, correction=0))
    return U[:, -M:] @ torch.diag(values[-M:] - values[:-M].mean()) @ U[:, -M:].T


def ppca_unbiased(x, M):
    return ppca_svd(x, M) * len(x) / (len(x) - 1)


def nll_flatten(net, x, y, sigma):
    return -Normal(net(x).flatten(), sigma).log_prob(y).mean()


def nll_column(net, x, y, sigma):
    mean = net(x)
    return gaussian_nll_loss(mean, y[:, None], torch.full_like(mean, sigma**2), full=True)


def nll_broadcast(net, x, y, sigma):
    return -Normal(net(x), sigma).log_prob(y).mean()


@torch.no_grad()
def gaussian_numpy(x, mean, sigma):
    x, mean = x.numpy(), mean.numpy()
    z = (x - mean) / sigma
    return -(z**2).sum(axis=1) / 2 - x.shape[1] * np.log(sigma * np.sqrt(2 * np.pi))


def gaussian_loop(x, mean, sigma):
    total = torch.zeros(len(x))
    for d in range(x.shape[1]):
        total = total - (x[:, d] - mean[d]) ** 2 / (2 * sigma**2) - math.log(sigma) - math.log(2 * math.pi) / 2
    return total


def mixture_numpy(log_parts, weights):
    return np.logaddexp.reduce(log_parts.numpy().astype(float) + np.log(weights.numpy()), axis=1)


def mixture_by_rows(log_parts, weights):
    found = []
    for row in log_parts:
        terms = [float(l) + math.log(float(w)) for l, w in zip(row, weights)]
        top = max(terms)
        found.append(top + math.log(sum(math.exp(term - top) for term in terms)))
    return found


def mixture_by_softmax(log_parts, weights):
    joint = log_parts + weights.log()
    return joint[:, 0] - joint.log_softmax(1)[:, 0]


class Mixture(torch.nn.Module):
    def forward(self, log_parts, weights):
        joint = torch.stack([part + weight.log() for part, weight in zip(log_parts.T, weights)])
        return torch.logsumexp(joint, dim=0)


def importance_loop(prior, like, q):
    return torch.stack(
        [
            torch.logsumexp(prior[:, n] + like[:, n] - q[:, n], 0) - math.log(prior.shape[0])
            for n in range(prior.shape[1])
        ]
    )


def importance_running(prior, like, q):
    """Keep the largest so far and what was summed up so far, rescaled."""
    log_w = (prior + like - q).double()
    top, total = log_w[0].clone(), torch.ones_like(log_w[0])
    for row in log_w[1:]:
        new = torch.maximum(top, row)
        total = total * (top - new).exp() + (row - new).exp()
        top = new
    return (top + total.log() - math.log(len(prior))).float()


def ppca_in_float(x, M):
    x = x.float()
    values, U = torch.linalg.eigh(torch.cov(x.T, correction=0))
    D, kept = len(values), U[:, -M:]
    sigma2 = values[: D - M].mean()
    return torch.einsum("im,m,jm->ij", kept, values[-M:] - sigma2, kept) + sigma2 * torch.eye(D)


def ppca_sorted(x, M):
    values, U = np.linalg.eigh(np.cov(x.numpy(), rowvar=False, bias=True))
    order = np.argsort(values)[::-1]
    values, U = values[order], U[:, order]
    values[M:] = values[M:].mean()
    return torch.tensor(U * values @ U.T)


def ppca_by_full_svd(x, M):
    D = x.shape[1]
    _, S, V = torch.linalg.svd(x - x.mean(0, keepdim=True))
    values = torch.zeros(D, dtype=x.dtype)
    values[: len(S)] = S.square() / x.shape[0]
    sigma2 = values[M:].sum() / (D - M)
    W = V[:M].T @ torch.diag(values[:M] - sigma2).sqrt()
    C = W @ W.T
    C.diagonal().add_(sigma2)
    return C


def ppca_by_subtraction(x, M):
    x = x.clone()
    x -= x.mean(dim=0)
    C = x.T.matmul(x).div(x.size(0))
    values, U = torch.linalg.eigh(C)
    noise = values[:-M].mean()
    for value, direction in zip(values[:-M], U.T[:-M]):
        C = C + (noise - value) * torch.outer(direction, direction)
    return C


def nll_loop(net, x, y, sigma):
    total = 0.0
    for one, target in zip(x, y):
        total = total + 0.5 * ((target - net(one[None]).squeeze()) / sigma) ** 2
    return total / len(y) + math.log(sigma) + 0.5 * math.log(2 * math.pi)


def nll_with_frozen_constants(net, x, y, sigma):
    with torch.no_grad():
        constant = torch.tensor(2 * math.pi * sigma**2).log() / 2
    return torch.nn.functional.mse_loss(net(x).view(-1), y) / (2 * sigma**2) + constant


def nll_functional(net, x, y, sigma):
    mean = torch.func.functional_call(net, dict(net.named_parameters()), (x,))
    return -Independent(Normal(mean, sigma), 1).log_prob(y.unsqueeze(1)).mean()


STYLES = {
    "gaussian_log_prob": [
        by_distribution,
        by_norm,
        gaussian_numpy,
        gaussian_loop,
        lambda x, m, s: MultivariateNormal(m, scale_tril=s * torch.eye(len(m))).log_prob(x),
        lambda x, m, s: (
            -gaussian_nll_loss(x, m.expand_as(x), torch.full_like(x, s**2), full=True, reduction="none").sum(1)
        ),
        lambda x, m, s: [float(Normal(m, s).log_prob(row).sum()) for row in x],
        lambda x, m, s: torch.einsum("nd,nd->n", x - m, x - m) / (-2 * s**2) - len(m) * math.log(s * math.tau**0.5),
    ],
    "mixture_log_prob": [
        mixture_loop,
        lambda l, w: torch.logsumexp(l + torch.log(w)[None], dim=-1),
        mixture_numpy,
        mixture_by_rows,
        mixture_by_softmax,
        Mixture(),
        lambda l, w: torch.stack([torch.logsumexp(row + w.log(), 0) for row in l]),
    ],
    "importance_estimate": [
        by_logaddexp,
        largest_out,
        importance_loop,
        importance_running,
        lambda p, l, q: np.logaddexp.reduce((p + l - q).numpy(), axis=0) - np.log(p.shape[0]),
        lambda p, l, q: torch.logsumexp(p + l - q - math.log(p.size(0)), dim=0),
        lambda p, l, q: torch.logcumsumexp((l + p) - q, 0)[-1] - torch.tensor(float(len(q))).log(),
    ],
    "ppca_covariance": [ppca_svd, ppca_numpy, ppca_in_float, ppca_sorted, ppca_by_full_svd, ppca_by_subtraction],
    "regression_nll": [
        nll_flatten,
        nll_column,
        nll_loop,
        nll_with_frozen_constants,
        nll_functional,
        lambda net, x, y, s: -Normal(net(x).squeeze(-1), s).log_prob(y).sum() / y.numel(),
        lambda net, x, y, s: gaussian_nll_loss(net(x)[:, 0], y, y.new_tensor([s**2]), full=True),
        lambda net, x, y, s: torch.stack([-Normal(m, s).log_prob(t) for m, t in zip(net(x).flatten(), y)]).mean(),
    ],
}

WRONG = {
    "gaussian_log_prob": [
        (variance_for_sd, "as if it were the variance"),
        (lambda x, m, s: by_distribution(x, m, s**2), "once too often"),
        (lambda x, m, s: Normal(m, s).log_prob(x), "One number a coordinate"),
        (lambda x, m, s: Normal(m, s).log_prob(x).mean(1), "average over the coordinates"),
        (lambda x, m, s: -((x - m) ** 2).sum(1) / 2 / s**2, "no density"),
        (lambda x, m, s: -((x - m) ** 2).sum(1) / 2 / s**2 - math.log(s) - math.log(2 * math.pi) / 2, "each of the D"),
        (lambda x, m, s: by_distribution(x, m, s).exp(), "That is the density"),
        (lambda x, m, s: -by_distribution(x, m, s), "The sign"),
        (lambda x, m, s: Normal(m, s).log_prob(x).exp().prod(1).log(), "product of many small densities"),
    ],
    "mixture_log_prob": [
        (lambda l, w: torch.log(torch.exp(l) @ w), "-inf"),
        (lambda l, w: l.logsumexp(1), "weights p(z) are missing"),
        (lambda l, w: l @ w, "Jensen"),
        (lambda l, w: (l + w).logsumexp(1), "*their* logarithms"),
        (lambda l, w: (l + w.log()).logsumexp(0), "sum over the points"),
        (lambda l, w: (l + w.log()).max(1).values, "best single cause"),
        (lambda l, w: (l + w.log()).softmax(1).log(), "which cause"),
    ],
    "importance_estimate": [
        (lambda p, l, q: torch.logsumexp(p + l, 0) - math.log(len(p)), "divide by q"),
        (lambda p, l, q: torch.logsumexp(l, 0) - math.log(len(p)), "samples of the prior"),
        (lambda p, l, q: (p + l - q).mean(0), "ELBO"),
        (lambda p, l, q: (p + l - q).logsumexp(0), "*sum*"),
        (lambda p, l, q: torch.log(torch.exp(p + l - q).mean(0)), "-inf"),
        (lambda p, l, q: torch.logsumexp(l - q, 0) - math.log(len(p)), "prior is missing"),
    ],
    "ppca_covariance": [
        (ppca_wrong_end, "*least* spread"),
        (ppca_twice, "too wide"),
        (ppca_no_noise, "flat"),
        (ppca_unbiased, "N - 1"),
        (lambda x, M: torch.cov(x.T, correction=0), "free numbers"),
        (lambda x, M: ppca_svd(torch.cat([x, -x]), M), "not centred"),
    ],
    "regression_nll": [
        (lambda net, x, y, s: gaussian_nll_loss(net(x)[:, 0], y, torch.full_like(y, s**2)), "full=True"),
        (lambda net, x, y, s: gaussian_nll_loss(net(x)[:, 0], y, torch.full_like(y, s), full=True), "the variance"),
        (nll_broadcast, "still there"),
        (lambda net, x, y, s: -Normal(net(x)[:, 0], s).log_prob(y).sum(), "you sum"),
        (lambda net, x, y, s: Normal(net(x)[:, 0], s).log_prob(y).mean(), "*negative*"),
        (lambda net, x, y, s: -Normal(net(x)[:, 0], s).log_prob(y), "one number for each point"),
        (lambda net, x, y, s: torch.nn.functional.mse_loss(net(x)[:, 0], y), "squared error alone"),
        (lambda net, x, y, s: -Normal(net(x).T, s).log_prob(y[:, None]).mean(), "there"),
    ],
}
