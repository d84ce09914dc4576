"""Estimates of log p(x) from samples of z: the mean of weights that are only known by their logarithms."""

from __future__ import annotations

import math

import torch


def log_mean_exp(log_values: torch.Tensor, dim: int = 0) -> torch.Tensor:
    """Return log (1/K) sum_k e^(l_k) along `dim`, where neither e^(l_k) nor their sum need be representable.

    With l_k = log p(x|z_k), z_k from the prior, it estimates log p(x) = log E p(x|z) from K samples; with
    l_k = log p(x, z_k) - log q(z_k|x), z_k from q, it is the importance-sampling estimate (Burda et al. 2016, eq. 8).
    Its mean is at most log p(x) (Jensen), and rises to it with K.

    log_values: (..., K, ...), nats -> the same shape without `dim`. Where all are -inf, so is the result.

    Raises:
        ValueError: if there is nothing to average.
    """
    K = log_values.shape[dim]
    if K == 0:
        raise ValueError(f"there is nothing to average along dimension {dim} of {tuple(log_values.shape)}")
    return torch.logsumexp(log_values, dim) - math.log(K)


def effective_samples(log_weights: torch.Tensor, dim: int = 0) -> torch.Tensor:
    """Return (sum w)^2 / sum w^2 along `dim`: how many equal weights would be worth as much (Kong 1992).

    log_weights: (..., K, ...), nats -> between 1 and K.
    """
    return 1 / log_weights.softmax(dim).square().sum(dim)
