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


STYLES = {
    "gaussian_log_prob": [by_distribution, by_norm],
    "mixture_log_prob": [mixture_loop, lambda l, w: torch.logsumexp(l + torch.log(w)[None], dim=-1)],
    "importance_estimate": [by_logaddexp, largest_out],
    "ppca_covariance": [ppca_svd, ppca_numpy],
    "regression_nll": [nll_flatten, nll_column],
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
