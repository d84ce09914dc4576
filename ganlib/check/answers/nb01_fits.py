"""References and mistakes of notebook 01: probabilistic PCA, and a regression."""

from __future__ import annotations

import math

import torch

from ganlib.check.answers.tools import mlp_weights
from ganlib.check.drive.nb01 import regression_network
from ganlib.check.drive.tools import array, tensor
from ganlib.check.exercise import Exercise, Mistake

LOG_2PI = math.log(2 * math.pi)


def ppca_inputs(rng, case):
    n, d, m = [(30, 3, 1), (20, 4, 2), (12, 5, 2), (5, 8, 3), (20, 4, 3), (40, 6, 1)][case]
    x = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 3 * rng.normal(size=d)
    return {"x": 0.05 * x if case == 5 else x, "M": m}  # in case 3 some eigenvalues are 0, as N < D


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
    cases=6,
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
    n = [2, 4, 7, 5, 4][case]
    inputs = {
        "net": mlp_weights(rng, 1, 6, 1),
        "x": rng.normal(size=(n, 1)),
        "y": 1.5 * rng.normal(size=n),
        "sigma": [1.0, 1.0, 0.5, 2.0, 0.05][case],
        "training": case != 2,
    }
    if case == 4:  # so near that the loss is negative
        near = regression_network(inputs)(tensor(inputs["x"]))[:, 0]
        inputs["y"] = array(near) + 0.03 * rng.uniform(-1, 1, n)
    return inputs


def nll(mean, y, sigma):
    return (0.5 * ((y - mean) / sigma) ** 2 + math.log(sigma) + 0.5 * LOG_2PI).mean()


REGRESSION = Exercise(
    id="01-5",
    name="regression_nll",
    title="find the bug in a regression that learns nothing",
    drive="drive_regression_nll",
    inputs=regression_inputs,
    cases=5,
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

EXERCISES = (PPCA, REGRESSION)
