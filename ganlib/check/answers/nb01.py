"""References and mistakes of notebook 01."""

from __future__ import annotations

import math

import numpy as np
import torch

from ganlib.check.answers.tools import mlp_weights
from ganlib.check.exercise import Exercise, Mistake

LOG_2PI = math.log(2 * math.pi)


def point_inputs(rng, case):
    n, d = [(1, 1), (4, 2), (3, 5), (5, 60)][case]  # the last underflows as a density
    sigma = [2.0, 0.5, 1.7, 0.2][case]
    return {"x": rng.normal(size=(n, d)), "mean": rng.normal(size=d), "sigma": sigma}


def gaussian_log_prob(x, mean, sigma):
    return (-0.5 * ((x - mean) / sigma) ** 2 - math.log(sigma) - 0.5 * LOG_2PI).sum(1)


def squares(x, mean):
    return ((x - mean) ** 2).sum(1)


GAUSSIAN = Exercise(
    id="01-1",
    name="gaussian_log_prob",
    title="log-density of a round Gaussian",
    drive="drive_gaussian_log_prob",
    inputs=point_inputs,
    answer=gaussian_log_prob,
    mistakes=(
        Mistake("You use sigma as if it were the variance. It is the standard deviation: square it where a variance "
                "is due.",
                lambda x, m, s: gaussian_log_prob(x, m, s**0.5)),
        Mistake("You square sigma once too often: sigma is the standard deviation already.",
                lambda x, m, s: gaussian_log_prob(x, m, s**2)),
        Mistake("The squared distance is divided by sigma where sigma squared is due.",
                lambda x, m, s: -squares(x, m) / (2 * s) - x.shape[1] * (math.log(s) + 0.5 * LOG_2PI)),
        Mistake("log sigma is missing: without it a narrow Gaussian costs nothing, and the density does not "
                "integrate to 1.",
                lambda x, m, s: -squares(x, m) / (2 * s**2) - x.shape[1] * 0.5 * LOG_2PI),
        Mistake("The 2 pi is missing: the density does not integrate to 1.",
                lambda x, m, s: -squares(x, m) / (2 * s**2) - x.shape[1] * math.log(s)),
        Mistake("Only the squared distance is there: log sigma and the 2 pi are missing, so this is no density.",
                lambda x, m, s: -squares(x, m) / (2 * s**2)),
        Mistake("The constants are there once. They belong to each of the D coordinates.",
                lambda x, m, s: -squares(x, m) / (2 * s**2) - math.log(s) - 0.5 * LOG_2PI),
        Mistake("One half is missing in the exponent.",
                lambda x, m, s: -squares(x, m) / s**2 - x.shape[1] * (math.log(s) + 0.5 * LOG_2PI)),
        Mistake("One number a coordinate came back: the coordinates are independent, so sum their logarithms.",
                lambda x, m, s: -0.5 * ((x - m) / s) ** 2 - math.log(s) - 0.5 * LOG_2PI),
        Mistake("You average over the coordinates. Independent means that densities multiply, so their logarithms "
                "are summed.",
                lambda x, m, s: gaussian_log_prob(x, m, s) / x.shape[1]),
        Mistake("You sum over the points as well: one number for each of them is due.",
                lambda x, m, s: gaussian_log_prob(x, m, s).sum()),
        Mistake("The sign: that is -log p(x), the loss.", lambda x, m, s: -gaussian_log_prob(x, m, s)),
        Mistake("That is the density. Its logarithm is asked for, which does not underflow.",
                lambda x, m, s: gaussian_log_prob(x, m, s).exp()),
        Mistake("Right on paper, but the product of many small densities is 0 on a computer, so -inf comes out. Add "
                "logarithms from the beginning.",
                lambda x, m, s: torch.distributions.Normal(m, s).log_prob(x).exp().prod(1).log()),
        Mistake("log sigma is there once. It belongs to each of the D coordinates.",
                lambda x, m, s: gaussian_log_prob(x, m, s) + (x.shape[1] - 1) * math.log(s)),
        Mistake("Half of log 2 pi is there once. It belongs to each of the D coordinates.",
                lambda x, m, s: gaussian_log_prob(x, m, s) + (x.shape[1] - 1) * 0.5 * LOG_2PI),
        Mistake("The distance is not squared.",
                lambda x, m, s: gaussian_log_prob(x, m, s) + (squares(x, m) - squares(x, m).sqrt()) / (2 * s**2)),
        Mistake("sigma belongs into the logarithm of the constant: log(sigma), to be subtracted, not added.",
                lambda x, m, s: gaussian_log_prob(x, m, s) + 2 * x.shape[1] * math.log(s)),
        Mistake("The constant is -log(2 pi sigma^2) / 2 a coordinate: one half is missing there.",
                lambda x, m, s: -squares(x, m) / (2 * s**2) - x.shape[1] * (2 * math.log(s) + LOG_2PI)),
    ),
)  # fmt: skip


def mixture_inputs(rng, case):
    n, z = [(1, 2), (4, 3), (3, 5), (4, 4)][case]
    log_parts = rng.normal(-3, 2, size=(n, z)) - [0, 0, 0, 2000][case]  # the last underflows as a density
    return {"log_parts": log_parts, "weights": rng.dirichlet(np.ones(z) * 2)}


def mixture_log_prob(log_parts, weights):
    return torch.logsumexp(log_parts + weights.log(), 1)


MIXTURE = Exercise(
    id="01-2",
    name="mixture_log_prob",
    title="a sum over hidden causes, in logarithms",
    drive="drive_mixture_log_prob",
    inputs=mixture_inputs,
    answer=mixture_log_prob,
    mistakes=(
        Mistake("Right on paper, but e^-2000 is 0 on a computer, so -inf comes out. Stay with logarithms: logsumexp.",
                lambda l, w: (l.exp() * w).sum(1).log()),
        Mistake("The weights p(z) are missing: causes are not equally frequent.", lambda l, w: torch.logsumexp(l, 1)),
        Mistake("You take the mean over the causes. The weights say how often each one occurs.",
                lambda l, w: torch.logsumexp(l, 1) - math.log(l.shape[1])),
        Mistake("That is the weighted mean of the logarithms, a lower bound (Jensen). The sum stands inside the "
                "logarithm.",
                lambda l, w: (l * w).sum(1)),
        Mistake("You add the weights to logarithms. Add *their* logarithms.", lambda l, w: torch.logsumexp(l + w, 1)),
        Mistake("You multiply logarithms by the weights inside the sum. Multiplying is adding logarithms.",
                lambda l, w: torch.logsumexp(l * w, 1)),
        Mistake("You sum over the points. Sum over the causes, axis 1.",
                lambda l, w: torch.logsumexp(l + w.log(), 0)),
        Mistake("You sum over everything. One number for each point is due.",
                lambda l, w: torch.logsumexp(l + w.log(), (0, 1))),
        Mistake("You sum over points and causes of the logarithms.", lambda l, w: (l + w.log()).sum()),
        Mistake("That multiplies the causes' densities, as if all were at work at once. They are alternatives: sum.",
                lambda l, w: (l + w.log()).sum(1)),
        Mistake("That is the best single cause. The others have a share, too.", lambda l, w: (l + w.log()).amax(1)),
        Mistake("That is p(z|x), which cause it was. p(x) is the sum over the causes.",
                lambda l, w: (l + w.log()).log_softmax(1)),
        Mistake("The sign: that is the loss.", lambda l, w: -mixture_log_prob(l, w)),
        Mistake("The weights are divided out: p(z) multiplies, so its logarithm is added.",
                lambda l, w: torch.logsumexp(l - w.log(), 1)),
        Mistake("You normalise the weights by a softmax. They are probabilities already.",
                lambda l, w: torch.logsumexp(l + w.log_softmax(0), 1)),
    ),
)  # fmt: skip


def importance_inputs(rng, case):
    shape = [(1, 1), (6, 1), (5, 3), (8, 4)][case]
    deep = [0, 0, 0, -1500][case]
    return {
        "log_prior": rng.normal(-2, 1, shape),
        "log_likelihood": rng.normal(-3, 2, shape) + deep,
        "log_q": rng.normal(-1, 1, shape),
    }


def average(log_weights):
    return torch.logsumexp(log_weights, 0) - math.log(len(log_weights))


IMPORTANCE = Exercise(
    id="01-3",
    name="importance_estimate",
    title="log p(x) from samples of a better proposal",
    drive="drive_importance_estimate",
    inputs=importance_inputs,
    answer=lambda prior, like, q: average(prior + like - q),
    mistakes=(
        Mistake("You do not divide by q: the samples come from q, so where q is large there are too many of them.",
                lambda prior, like, q: average(prior + like)),
        Mistake("The prior is missing: the weights are p(z) p(x|z) / q(z).", lambda prior, like, q: average(like - q)),
        Mistake("That is the estimate for samples of the prior. These come from q: weigh each by p(z) / q(z).",
                lambda prior, like, q: average(like)),
        Mistake("The likelihood is missing: what is averaged must contain p(x|z).",
                lambda prior, like, q: average(prior - q)),
        Mistake("You multiply by q where you should divide by it.", lambda prior, like, q: average(prior + like + q)),
        Mistake("The weights are upside down: q / p instead of p / q.",
                lambda prior, like, q: average(like + q - prior)),
        Mistake("That is the mean of the logarithms, the ELBO: a lower bound. The mean stands inside the logarithm.",
                lambda prior, like, q: (prior + like - q).mean(0)),
        Mistake("That is the logarithm of the *sum* of the weights. K samples give K terms; divide by K.",
                lambda prior, like, q: torch.logsumexp(prior + like - q, 0)),
        Mistake("Right on paper, but these weights are 0 on a computer, so -inf comes out. Stay with logarithms.",
                lambda prior, like, q: (prior + like - q).exp().mean(0).log()),
        Mistake("You average over the points x. Average over the K samples, axis 0.",
                lambda prior, like, q: torch.logsumexp(prior + like - q, 1) - math.log(prior.shape[1])),
        Mistake("You average over everything. One estimate for each x is due.",
                lambda prior, like, q: torch.logsumexp((prior + like - q).flatten(), 0) - math.log(prior.numel())),
        Mistake("Normalised weights estimate a posterior mean. For log p(x) they must not be divided by their sum.",
                lambda prior, like, q: torch.logsumexp((prior - q).log_softmax(0) + like, 0)),
        Mistake("The sign: an estimate of log p(x) is asked for, not of the loss.",
                lambda prior, like, q: -average(prior + like - q)),
    ),
)  # fmt: skip


def ppca_inputs(rng, case):
    n, d, m = [(30, 3, 1), (20, 4, 2), (12, 5, 2), (9, 6, 3)][case]
    x = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 3 * rng.normal(size=d)
    return {"x": x, "M": m}


def ppca_covariance(x, M, centre=True, ddof=0, flip=True, noise=lambda left: left.mean(), scale=None, diagonal=True):
    """Return the covariance of probabilistic PCA; the further arguments are what may be wrong with it."""
    if centre:
        x = x - x.mean(0)
    values, U = torch.linalg.eigh(x.T @ x / (len(x) - ddof))
    if flip:
        values, U = values.flip(0), U.flip(1)
    sigma2 = noise(values[M:])
    scaled = (values[:M] - sigma2).sqrt() if scale is None else scale(values[:M], sigma2)
    W = U[:, :M] * scaled
    return W @ W.T + (sigma2 * torch.eye(x.shape[1]).to(x) if diagonal else 0)


PPCA = Exercise(
    id="01-4",
    name="ppca_covariance",
    title="probabilistic PCA: the best covariance with M causes",
    drive="drive_ppca_covariance",
    inputs=ppca_inputs,
    answer=ppca_covariance,
    atol=1e-4,
    mistakes=(
        Mistake("x is not centred: a covariance is about the mean.", lambda x, M: ppca_covariance(x, M, centre=False)),
        Mistake("torch.linalg.eigh sorts upwards, so you keep the directions of *least* spread.",
                lambda x, M: ppca_covariance(x, M, flip=False)),
        Mistake("torch.linalg.eigh sorts upwards, so you keep the directions of *least* spread, and nan comes from "
                "the root.",
                lambda x, M: ppca_covariance(x, M, flip=False, scale=lambda v, s: (v - s).clamp(min=0).sqrt())),
        Mistake("You divide by N - 1. Maximum likelihood divides by N.", lambda x, M: ppca_covariance(x, M, ddof=1)),
        Mistake("sigma^2 is added on the diagonal without being taken out of W first: the kept directions are too "
                "wide now.",
                lambda x, M: ppca_covariance(x, M, scale=lambda v, s: v.sqrt())),
        Mistake("The noise sigma^2 I is missing, so the covariance is flat in D - M directions and has no density.",
                lambda x, M: ppca_covariance(x, M, diagonal=False)),
        Mistake("The noise is missing: that is W W^T of the largest eigenvalues alone, without sigma^2 anywhere.",
                lambda x, M: ppca_covariance(x, M, scale=lambda v, s: v.sqrt(), diagonal=False)),
        Mistake("sigma^2 is the *mean* of the eigenvalues left out, not their sum.",
                lambda x, M: ppca_covariance(x, M, noise=lambda left: left.sum())),
        Mistake("sigma^2 is the mean of all the eigenvalues left out, not the smallest or the first of them.",
                lambda x, M: ppca_covariance(x, M, noise=lambda left: left[-1])),
        Mistake("sigma^2 is the mean of all the eigenvalues left out, not the first of them.",
                lambda x, M: ppca_covariance(x, M, noise=lambda left: left[0])),
        Mistake("sigma^2 is the mean of the D - M eigenvalues that are left out. You divide by D.",
                lambda x, M: ppca_covariance(x, M, noise=lambda left: left.sum() / x.shape[1])),
        Mistake("W is scaled by the eigenvalues. Their square root is due, since W occurs twice in W W^T.",
                lambda x, M: ppca_covariance(x, M, scale=lambda v, s: v - s)),
        Mistake("The diagonal gets sigma. It is a covariance, so sigma^2 is due.",
                lambda x, M: ppca_covariance(x, M, diagonal=False)
                + ppca_sigma2(x, M).sqrt() * torch.eye(x.shape[1]).to(x)),
        Mistake("That is the covariance of the data, with D(D+1)/2 free numbers. Keep M directions, and let the others "
                "share one variance.", lambda x, M: torch.cov(x.T, correction=0)),
    ),
)  # fmt: skip


def ppca_sigma2(x, M):
    return torch.linalg.eigvalsh(torch.cov(x.T, correction=0)).flip(0)[M:].mean()


def regression_inputs(rng, case):
    n = [2, 4, 7, 5][case]
    return {
        "net": mlp_weights(rng, 1, 6, 1),
        "x": rng.normal(size=(n, 1)),
        "y": rng.normal(size=n),
        "sigma": [1.0, 1.0, 0.5, 2.0][case],
    }


def nll(mean, y, sigma):
    return (0.5 * ((y - mean) / sigma) ** 2 + math.log(sigma) + 0.5 * LOG_2PI).mean()


REGRESSION = Exercise(
    id="01-5",
    name="regression_nll",
    title="find the bug in a regression that learns nothing",
    drive="drive_regression_nll",
    inputs=regression_inputs,
    answer=lambda net, x, y, s: nll(net(x).squeeze(1), y, s),
    mistakes=(
        Mistake("The bug is still there. Print the shapes of y and of net(x), and then of their difference: how many "
                "differences are there, and how many should there be?", lambda net, x, y, s: nll(net(x), y, s)),
        Mistake("The shapes fit now, but you sum over the points. The mean is due.",
                lambda net, x, y, s: nll(net(x)[:, 0], y, s) * len(y)),
        Mistake("The shapes fit now, but one number for each point came back: take their mean.",
                lambda net, x, y, s: torch.stack([nll(m, t, s) for m, t in zip(net(x)[:, 0], y)])),
        Mistake("The shapes fit now, but the sign is gone: the *negative* log-likelihood is a loss.",
                lambda net, x, y, s: -nll(net(x)[:, 0], y, s)),
        Mistake("The shapes fit now, but the constants are gone; log sigma and half of log 2 pi were right.",
                lambda net, x, y, s: (0.5 * ((y - net(x)[:, 0]) / s) ** 2).mean()),
        Mistake("The shapes fit now, but that is the squared error alone; the rest of the line was right.",
                lambda net, x, y, s: ((y - net(x)[:, 0]) ** 2).mean()),
        Mistake("The shapes fit now, but half of log 2 pi is gone. (PyTorch's gaussian_nll_loss leaves it out unless "
                "full=True.)",
                lambda net, x, y, s: nll(net(x)[:, 0], y, s) - 0.5 * LOG_2PI),
        Mistake("The shapes fit now, but sigma is taken for the variance. (PyTorch's gaussian_nll_loss wants the "
                "variance.)",
                lambda net, x, y, s: nll(net(x)[:, 0], y, s**0.5)),
        Mistake("You compare averages: each prediction belongs to its own y.",
                lambda net, x, y, s: nll(net(x).mean(), y, s)),
    ),
)  # fmt: skip

EXERCISES = (GAUSSIAN, MIXTURE, IMPORTANCE, PPCA, REGRESSION)
