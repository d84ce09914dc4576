"""Notebook 03: other right ways to answer, and wrong answers with a part of the hint that each must get."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch.distributions import Normal, kl_divergence


def code_from_distribution(mean, log_var, noise):
    return torch.addcmul(mean, log_var.exp().sqrt(), noise)


def kl_by_torch(mq, vq, mp, vp):
    return kl_divergence(Normal(mq, (vq / 2).exp()), Normal(mp, (vp / 2).exp())).sum(-1)


def kl_by_hand(mq, vq, mp, vp):
    kl = 0.0
    for k in range(mq.shape[1]):
        ratio = torch.exp(vq[:, k] - vp[:, k])
        kl = kl + 0.5 * (ratio + (mq[:, k] - mp[:, k]) ** 2 * torch.exp(-vp[:, k]) - 1 - ratio.log())
    return kl


def kl_of(mean, log_var):
    return -0.5 * (1 + log_var - mean.pow(2) - log_var.exp())


def loss_by_distribution(x, x_hat, mean, log_var, sigma):
    log_p = Normal(x_hat, sigma).log_prob(x).flatten(1).sum(1)
    return -(log_p - kl_of(mean, log_var).sum(1)).mean()


def loss_by_mse(x, x_hat, mean, log_var, sigma):
    D = x[0].numel()
    squares = F.mse_loss(x_hat, x, reduction="sum") / len(x)
    constants = D * math.log(sigma) + 0.5 * D * math.log(2 * math.pi)
    return squares / (2 * sigma**2) + constants + kl_of(mean, log_var).sum() / len(x)


def loss_with(reconstruct, kl=lambda m, v: kl_of(m, v).sum(1).mean()):
    return lambda x, x_hat, m, v, s: reconstruct(x, x_hat, s) + kl(m, v)


def nats(x, x_hat, s):
    return -Normal(x_hat, s).log_prob(x).flatten(1).sum(1).mean()


def estimate_shifted(w):
    largest = w.max(dim=0).values
    return largest + torch.log(torch.exp(w - largest).mean(0))


def pca_by_eigh(x, k, new):
    mean = x.mean(0, keepdim=True)
    vectors = torch.linalg.eigh(torch.cov(x.T)).eigenvectors[:, -k:]
    return mean + (new - mean) @ vectors @ vectors.T


def pca_by_numpy(x, k, new):
    x, new = x.numpy(), new.numpy()
    _, _, Vt = np.linalg.svd(x - x.mean(axis=0))
    return (new - x.mean(axis=0)) @ Vt[:k].T @ Vt[:k] + x.mean(axis=0)


def pca_by_sklearn(x, k, new):
    from sklearn.decomposition import PCA

    pca = PCA(k).fit(x)
    return torch.tensor(pca.inverse_transform(pca.transform(new)))


def pca_uncentred(x, k, new):
    V = torch.linalg.svd(x, full_matrices=False)[2][:k]
    return (new @ V.T) @ V


def pca_smallest(x, k, new):
    mean = x.mean(0)
    V = torch.linalg.eigh((x - mean).T @ (x - mean))[1][:, :k]
    return (new - mean) @ V @ V.T + mean


def pca_without_way_back(x, k, new):
    V = torch.linalg.svd(x - x.mean(0)).Vh[:k]
    return (new - x.mean(0)) @ V.T


def pca_own_mean(x, k, new):
    V = torch.linalg.svd(x - x.mean(0)).Vh[:k]
    return (new - new.mean(0)) @ V.T @ V + new.mean(0)


def pca_no_mean_back(x, k, new):
    V = torch.linalg.svd(x - x.mean(0)).Vh[:k]
    return (new - x.mean(0)) @ V.T @ V


STYLES = {
    "draw_code": [
        code_from_distribution,
        lambda m, v, e: m + torch.exp(v / 2) * e,
        lambda m, v, e: e * v.mul(0.5).exp() + m,
    ],
    "kl_between": [kl_by_torch, kl_by_hand],
    "vae_loss": [loss_by_distribution, loss_by_mse],
    "estimate_log_p": [
        estimate_shifted,
        lambda w: torch.logsumexp(w - math.log(w.shape[0]), dim=0),
        lambda w: np.logaddexp.reduce(w.double().numpy(), axis=0) - np.log(len(w)),
    ],
    "pca_rebuild": [pca_by_eigh, pca_by_numpy, pca_by_sklearn],
}

WRONG = {
    "draw_code": [
        (lambda m, v, e: m + torch.exp(v) * e, "variance"),
        (lambda m, v, e: m + v * e, "log_var itself"),
        (lambda m, v, e: torch.normal(m, torch.exp(0.5 * v)), "torch draws z"),
        (lambda m, v, e: Normal(m, (0.5 * v).exp()).rsample(), "noise of your own"),
        (lambda m, v, e: Normal(m, (0.5 * v).exp()).sample(), "No gradient"),
        (lambda m, v, e: m + torch.sqrt(v) * e, "root of log_var"),
        (lambda m, v, e: m + 0.5 * torch.exp(v) * e, "Half the variance"),
        (lambda m, v, e: m + torch.exp(0.5 * v.detach()) * e, "reaches log_var"),
        (lambda m, v, e: (m + e) * torch.exp(0.5 * v), "multiplied by sigma, too"),
        (lambda m, v, e: m.detach() + torch.exp(0.5 * v) * e, "reaches the mean"),
    ],
    "kl_between": [
        (lambda mq, vq, mp, vp: kl_by_torch(mp, vp, mq, vq), "not symmetric"),
        (lambda mq, vq, mp, vp: kl_divergence(Normal(mq, vq.exp()), Normal(mp, vp.exp())).sum(1), "log sigma"),
        (
            lambda mq, vq, mp, vp: kl_divergence(Normal(mq, (vq / 2).exp()), Normal(mp, (vp / 2).exp())).mean(1),
            "add up: sum",
        ),
        (lambda mq, vq, mp, vp: kl_by_torch(mq, vq, mp, vp).mean(), "whole batch"),
        (
            lambda mq, vq, mp, vp: kl_divergence(Normal(mq, (vq / 2).exp()), Normal(mp, (vp / 2).exp())),
            "One number a row",
        ),
        (lambda mq, vq, mp, vp: kl_of(mq, vq).sum(1), "from N(0, I)"),
        (lambda mq, vq, mp, vp: 0.5 * ((vq - vp).exp() + (mq - mp) ** 2 / vp.exp() - 1 - vp + vq).sum(1), "exchanged"),
        (lambda mq, vq, mp, vp: 0.5 * ((vq - vp).exp() + (mq - mp) ** 2 / vp.exp() + vp - vq).sum(1), "-1 is missing"),
        (lambda mq, vq, mp, vp: 0.5 * ((vq - vp).exp() + (mq - mp) ** 2 + vp - vq - 1).sum(1), "p's variance, too"),
        (lambda mq, vq, mp, vp: -kl_by_torch(mq, vq, mp, vp), "minus the divergence"),
    ],
    "vae_loss": [
        (loss_with(lambda x, y, s: F.mse_loss(y, x)), "averaged over the pixels"),
        (loss_with(lambda x, y, s: -Normal(y, s).log_prob(x).mean()), "averaged over the pixels"),
        (loss_with(lambda x, y, s: F.mse_loss(y, x), lambda m, v: kl_of(m, v).mean()), "Both terms are averages"),
        (loss_with(lambda x, y, s: F.mse_loss(y, x, reduction="sum") / len(x)), "2 sigma²"),
        (loss_with(lambda x, y, s: ((x - y) ** 2).sum() / len(x) / (2 * s**2)), "constants"),
        (loss_with(nats, lambda m, v: -kl_of(m, v).sum(1).mean()), "subtracted"),
        (loss_with(nats, lambda m, v: kl_of(m, v).mean()), "coordinates of the code"),
        (loss_with(nats, lambda m, v: 0.0), "KL term is missing"),
        (lambda *a: -loss_by_mse(*a), "That is the ELBO"),
        (lambda x, *a: loss_by_mse(x, *a) * x.shape[0], "average over pictures"),
        (lambda x, y, m, v, s: -Normal(y, s).log_prob(x).flatten(1).sum(1) + kl_of(m, v).sum(1), "One number is due"),
        (lambda *a: loss_by_mse(*a).item(), "return a tensor"),
    ],
    "estimate_log_p": [
        (lambda w: torch.log(torch.mean(torch.exp(w), dim=0)), "Right on paper"),
        (lambda w: torch.log(torch.exp(w).mean(0) + 1e-12), "estimate"),
        (lambda w: w.mean(dim=0), "ELBO"),
        (lambda w: torch.logsumexp(w, 0), "Subtract log K"),
        (lambda w: torch.logsumexp(w, 1) - math.log(w.shape[1]), "draws are axis 0"),
        (lambda w: torch.logsumexp(w, (0, 1)) - math.log(w.numel()), "all pictures"),
        (lambda w: (w - w.amax(0)).exp().mean(0).log(), "put it back"),
        (lambda w: torch.logsumexp(w, 0) / w.shape[0], "inside the logarithm"),
    ],
    "pca_rebuild": [
        (pca_uncentred, "Nothing is centred"),
        (pca_smallest, "*least* spread"),
        (pca_without_way_back, "the code"),
        (pca_own_mean, "fixed after training"),
        (pca_no_mean_back, "not added again"),
        (lambda x, k, new: pca_by_numpy(new, k, new), "come from `new`"),
        (lambda x, k, new: pca_by_eigh(x, k - 1, new) if k > 1 else new, "rebuilt rows"),
    ],
}
