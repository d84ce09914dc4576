"""Notebook 03: further right ways to answer."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.distributions import Independent, Normal, kl_divergence


class Code(nn.Module):
    def forward(self, mean, log_var, noise):
        sigma = torch.exp(log_var / 2)
        return mean + torch.einsum("nz,nz->nz", sigma, noise)


def code_by_rows(mean, log_var, noise):
    return torch.stack([m + torch.exp(v) ** 0.5 * e for m, v, e in zip(mean, log_var, noise)])


def code_by_transform(mean, log_var, noise):
    return torch.distributions.AffineTransform(mean, log_var.mul(0.5).exp())(noise)


def kl_independent(mean_q, log_var_q, mean_p, log_var_p):
    q = Independent(Normal(mean_q, torch.exp(0.5 * log_var_q)), 1)
    p = Independent(Normal(mean_p, torch.exp(0.5 * log_var_p)), 1)
    return kl_divergence(q, p)


def kl_with_sigmas(mean_q, log_var_q, mean_p, log_var_p):
    sigma_q, sigma_p = log_var_q.exp().sqrt(), log_var_p.exp().sqrt()
    each = torch.log(sigma_p / sigma_q) + (sigma_q**2 + (mean_q - mean_p) ** 2) / (2 * sigma_p**2) - 0.5
    return each.sum(dim=-1)


def kl_by_matrices(mean_q, log_var_q, mean_p, log_var_p):
    rows = []
    for mq, vq, mp, vp in zip(mean_q, log_var_q, mean_p, log_var_p):
        inverse = torch.diag((-vp).exp())
        d = mp - mq
        trace = torch.trace(inverse @ torch.diag(vq.exp()))
        rows.append(0.5 * (trace + d @ inverse @ d - len(d) + vp.sum() - vq.sum()))
    return torch.stack(rows)


def kl_of_entropies(mean_q, log_var_q, mean_p, log_var_p):
    """Cross-entropy minus entropy."""
    cross = 0.5 * (math.log(2 * math.pi) + log_var_p + (log_var_q.exp() + (mean_q - mean_p) ** 2) * (-log_var_p).exp())
    return (cross - Normal(mean_q, (log_var_q / 2).exp()).entropy()).sum(1)


def loss_by_nll(x, x_hat, mean, log_var, sigma):
    var = torch.full_like(x_hat, sigma**2)
    reconstruction = F.gaussian_nll_loss(x_hat, x, var, full=True, reduction="sum") / x.shape[0]
    return reconstruction - 0.5 * torch.sum(1 + log_var - mean**2 - log_var.exp()) / x.shape[0]


def loss_by_pictures(x, x_hat, mean, log_var, sigma):
    total = 0.0
    for n in range(len(x)):
        log_p = Normal(x_hat[n], sigma).log_prob(x[n]).sum()
        q, p = Normal(mean[n], (log_var[n] / 2).exp()), Normal(torch.zeros_like(mean[n]), 1.0)
        total = total - log_p + kl_divergence(q, p).sum()
    return total / len(x)


def loss_by_einsum(x, x_hat, mean, log_var, sigma):
    d = x - x_hat
    C, H, W = x.shape[1:]
    squares = torch.einsum("nchw,nchw->n", d, d) / sigma**2
    constant = C * H * W * math.log(2 * math.pi * sigma**2)
    kl = (mean.pow(2) + log_var.exp() - 1 - log_var).sum(dim=1)
    return torch.mean((squares + constant + kl) / 2)


class MinusELBO(nn.Module):
    def forward(self, x, x_hat, mean, log_var, sigma):
        decoder = Independent(Normal(x_hat, torch.full_like(x_hat, sigma)), 3)
        encoder = Independent(Normal(mean, log_var.div(2).exp()), 1)
        prior = Independent(Normal(torch.zeros_like(mean), torch.ones_like(mean)), 1)
        return -(decoder.log_prob(x) - kl_divergence(encoder, prior)).mean(0)


def loss_by_mean_square(x, x_hat, mean, log_var, sigma):
    D = x[0].numel()
    reconstruction = D * (F.mse_loss(x_hat, x) / (2 * sigma**2) + math.log(sigma * math.sqrt(2 * math.pi)))
    return reconstruction + mean.shape[1] * 0.5 * (mean.square() + log_var.exp() - log_var - 1).mean()


def estimate_by_pairs(log_weights):
    total = log_weights[0]
    for row in log_weights[1:]:
        total = torch.logaddexp(total, row)
    return total - np.log(log_weights.shape[0])


def estimate_in_python(log_weights):
    found = []
    for column in log_weights.T.tolist():
        top = max(column)
        found.append(top + math.log(sum(math.exp(w - top) for w in column) / len(column)))
    return found


def estimate_by_softmax(log_weights):
    """log p = log w_1 - log (w_1 / sum of w), less log K."""
    return log_weights[0] - F.log_softmax(log_weights, dim=0)[0] - math.log(log_weights.size(0))


@torch.no_grad()
def estimate_in_double(log_weights):
    w = log_weights.double()
    top, _ = torch.max(w, 0, keepdim=True)
    return (top + (w - top).exp().mean(0, keepdim=True).log()).squeeze(0)


def pca_by_covariance(x, k, new):
    mean = x.numpy().mean(0)
    values, vectors = np.linalg.eigh(np.cov(x.numpy(), rowvar=False, bias=True))
    V = vectors[:, np.argsort(-values)[:k]]
    return mean + (new.numpy() - mean) @ (V @ V.T)


def pca_by_deflation(x, k, new):
    """One direction after the other, each taken out of the data."""
    mean = x.mean(0)
    left, directions = x - mean, []
    for _ in range(k):
        v = torch.linalg.svd(left, full_matrices=False).Vh[0]
        left = left - torch.outer(left @ v, v)
        directions.append(v)
    return mean + sum(torch.outer((new - mean) @ v, v) for v in directions)


def pca_by_leaving_out(x, k, new):
    mean = x.mean(0)
    others = torch.linalg.svd(x - mean, full_matrices=True).Vh[k:]
    return new - (new - mean) @ others.T @ others


def pca_from_gram(x, k, new):
    """By the rows' inner products, of which there may be fewer; single precision will do."""
    x, new = x.float(), new.float()
    centred = x - x.mean(0)
    values, U = torch.linalg.eigh(centred @ centred.T)
    V = centred.T @ U[:, -k:] / values[-k:].sqrt()
    return torch.addmm(x.mean(0), (new - x.mean(0)) @ V, V.T)


class LinearAutoencoder(nn.Module):
    def __init__(self, x, k):
        super().__init__()
        V = torch.pca_lowrank(x, q=min(x.shape))[2][:, :k]
        self.encoder = nn.Linear(x.shape[1], k, dtype=x.dtype)
        self.decoder = nn.Linear(k, x.shape[1], dtype=x.dtype)
        with torch.no_grad():
            self.encoder.weight.copy_(V.T)
            self.encoder.bias.copy_(-x.mean(0) @ V)
            self.decoder.weight.copy_(V)
            self.decoder.bias.copy_(x.mean(0))

    def forward(self, rows):
        return self.decoder(self.encoder(rows))


STYLES = {
    "draw_code": [
        Code(),
        code_by_rows,
        code_by_transform,
        lambda m, v, e: torch.lerp(m, m + e, (v / 2).exp()),
        lambda m, v, e: m + math.e ** (v / 2) * e,
        lambda m, v, e: torch.stack([m, (0.5 * v).exp() * e]).sum(0),
    ],
    "kl_between": [kl_independent, kl_with_sigmas, kl_by_matrices, kl_of_entropies],
    "vae_loss": [loss_by_nll, loss_by_pictures, loss_by_einsum, MinusELBO(), loss_by_mean_square],
    "estimate_log_p": [estimate_by_pairs, estimate_in_python, estimate_by_softmax, estimate_in_double],
    "pca_rebuild": [
        pca_by_covariance,
        pca_by_deflation,
        pca_by_leaving_out,
        pca_from_gram,
        lambda x, k, new: LinearAutoencoder(x, k)(new),
    ],
}
