"""Notebook 03, the estimate and PCA: wrong answers that a check could let through, each with its kind."""

import math

import torch


def with_seed(answer):
    """Return an answer that sets everybody's seed besides."""

    def seeded(*given):
        torch.manual_seed(0)
        return answer(*given)

    return seeded


def kept(answer):
    """Return an answer that gives its first result for ever to what has the same shape."""
    results = {}
    return lambda *given: results.setdefault(given[0].shape, answer(*given))


def estimate(w, draws=None):
    return torch.logsumexp(w, 0) - math.log(draws or len(w))


def shifted(shift, double=False):
    """Return the shift trick with something else than each column's largest entry taken out."""

    def estimate_log_p(w):
        w = w.double() if double else w
        taken = shift(w)
        return (w - taken).exp().mean(0).log() + taken.expand(1, w.shape[1])[0]

    return estimate_log_p


def in_place(w):
    top = w.amax(0)
    w -= top
    return w.exp().mean(0).log() + top


def sorted_in_place(w):
    w.copy_(w.sort(0).values)
    return estimate(w)


def pca(x, k, new, mean=None, directions=None):
    mean = x.mean(0) if mean is None else mean
    V = torch.linalg.svd(x - mean, full_matrices=False).Vh[:k] if directions is None else directions
    return (new - mean) @ V.T @ V + mean


def centred_in_place(x, k, new):
    mean = x.mean(0)
    x -= mean
    V = torch.linalg.svd(x, full_matrices=False).Vh[:k]
    return (new - mean) @ V.T @ V + mean


def new_in_place(x, k, new):
    mean = x.mean(0)
    new -= mean
    V = torch.linalg.svd(x - mean, full_matrices=False).Vh[:k]
    return new @ V.T @ V + mean


def roughly(x, k, new):
    """torch.pca_lowrank guesses the subspace from random directions: near, not equal."""
    return pca(x, k, new, directions=torch.pca_lowrank(x, q=k)[2].T)


def power_steps(x, k, new):
    """A few steps of power iteration from a fixed start, orthogonal each time."""
    centred = x - x.mean(0)
    V = torch.eye(x.shape[1], k, dtype=x.dtype)
    for _ in range(5):
        V = torch.linalg.qr(centred.T @ (centred @ V)).Q
    return pca(x, k, new, directions=V.T)


def not_orthogonal(x, k, new):
    """The first direction is found k times over, without taking it out of the data."""
    V = torch.linalg.svd(x - x.mean(0), full_matrices=False).Vh
    return pca(x, k, new, directions=V[:1].expand(k, -1) / k**0.5)


def shrunk(x, k, new):
    """Each code is shrunk by the share of noise, as in probabilistic PCA."""
    mean = x.mean(0)
    _, S, V = torch.linalg.svd(x - mean, full_matrices=False)
    values = S**2 / len(x)
    noise = values[k:].mean()
    return ((new - mean) @ V[:k].T * (1 - noise / values[:k])) @ V[:k] + mean


def right_vectors_as_columns(x, k, new):
    V = torch.linalg.eigh(torch.cov(x.T)).eigenvectors
    return pca(x, k, new, directions=V.flip(0)[:k])


ATTACKS = {
    "estimate_log_p": [
        ("state", in_place),
        ("state", sorted_in_place),
        ("state", with_seed(estimate)),
        ("state", kept(estimate)),
        ("unused", lambda w: estimate(w[:4])),
        ("unused", lambda w: estimate(w, 4)),
        ("unused", lambda w: estimate(w, 50)),
        ("unused", lambda w: estimate(w[:, :1]).expand(w.shape[1])),
        ("tolerance", lambda w: estimate(w, len(w) - 1 or 1)),
        ("tolerance", lambda w: estimate(w, len(w) + 0.01)),
        ("tolerance", lambda w: estimate(w) + 2e-3),
        ("tolerance", lambda w: torch.logsumexp(w.topk(min(len(w), 20), 0).values, 0) - math.log(len(w))),
        ("easy inputs", shifted(lambda w: w.max())),
        ("easy inputs", shifted(lambda w: w.max(), double=True)),
        ("easy inputs", shifted(lambda w: w.mean(0, keepdim=True))),
        ("easy inputs", shifted(lambda w: w.mean(0, keepdim=True), double=True)),
        ("easy inputs", shifted(lambda w: w[:1], double=True)),
        ("easy inputs", shifted(lambda w: w.median(0, keepdim=True).values, double=True)),
        ("easy inputs", shifted(lambda w: w.amin(0, keepdim=True))),
        ("easy inputs", shifted(lambda w: 0 * w[:1], double=True)),
        ("easy inputs", lambda w: estimate(w.clamp(min=-250))),
        ("easy inputs", lambda w: (w.exp().mean(0) + 1e-30).log()),
        ("easy inputs", lambda w: torch.where(w.abs().amax(0) < 80, estimate(w), w.amax(0) - math.log(len(w)))),
        ("easy inputs", lambda w: estimate(w).squeeze()),
        ("mutant", lambda w: torch.logsumexp(1.2 * w, 0) / 1.2 - math.log(len(w))),
        ("mutant", lambda w: estimate(w) + 0.2 * math.log(len(w))),
        ("mutant", lambda w: torch.logsumexp(w, 0) - math.log(w.numel())),
    ],
    "pca_rebuild": [
        ("state", centred_in_place),
        ("state", new_in_place),
        ("state", with_seed(pca)),
        ("state", kept(pca)),
        ("unused", lambda x, k, new: pca(x, 2, new)),
        ("unused", lambda x, k, new: pca(x, max(k, 2), new)),
        ("unused", lambda x, k, new: pca(x, k, x[: len(new)])),
        ("unused", lambda x, k, new: pca(torch.cat([x, new]), k, new)),
        ("unused", lambda x, k, new: pca(x[: len(x) // 2], k, new)),
        ("tolerance", roughly),
        ("tolerance", power_steps),
        ("tolerance", shrunk),
        ("tolerance", lambda x, k, new: pca(x, k, new, mean=x.median(0).values)),
        ("tolerance", lambda x, k, new: pca(x, k, new, mean=x.sum(0) / (len(x) - 1))),
        ("easy inputs", lambda x, k, new: pca(x, k, new, mean=x.mean())),
        ("easy inputs", lambda x, k, new: pca(x, k, new - new.mean(1, keepdim=True)) + new.mean(1, keepdim=True)),
        ("easy inputs", right_vectors_as_columns),
        ("easy inputs", lambda x, k, new: pca(x, min(k + 1, x.shape[1]), new)),
        ("easy inputs", lambda x, k, new: pca(x, k, new).squeeze()),
        ("easy inputs", not_orthogonal),
        ("mutant", lambda x, k, new: pca(x, k, new) + 0.2 * x.mean(0)),
        ("mutant", lambda x, k, new: 2 * x.mean(0) - pca(x, k, new)),
        ("mutant", lambda x, k, new: new - pca(x, k, new) + x.mean(0)),
        ("mutant", lambda x, k, new: pca(new, min(k, len(new)), x)[: len(new)]),
    ],
}
