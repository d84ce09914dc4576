"""Drivers of notebook 01: log-densities, estimates of them, and probabilistic PCA."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from ganlib.check.drive.tools import array, gradients_of, network, scalar_of, tensor


def drive_gaussian_log_prob(answer: Callable, inputs: dict) -> dict:
    """gaussian_log_prob(x: (N, D), mean: (D,), sigma) -> (N,)."""
    return {"log p(x)": array(answer(tensor(inputs["x"]), tensor(inputs["mean"]), inputs["sigma"]))}


def drive_mixture_log_prob(answer: Callable, inputs: dict) -> dict:
    """mixture_log_prob(log_parts: (N, Z), weights: (Z,)) -> (N,)."""
    return {"log p(x)": array(answer(tensor(inputs["log_parts"]), tensor(inputs["weights"])))}


def drive_importance_estimate(answer: Callable, inputs: dict) -> dict:
    """importance_estimate(log_prior, log_likelihood, log_q), (K, N) each -> (N,)."""
    given = [tensor(inputs[name]) for name in ("log_prior", "log_likelihood", "log_q")]
    return {"estimate of log p(x)": array(answer(*given))}


def drive_ppca_covariance(answer: Callable, inputs: dict) -> dict:
    """ppca_covariance(x: (N, D), M) -> (D, D)."""
    return {"covariance": array(answer(tensor(inputs["x"]).double(), inputs["M"]))}


def regression_network(inputs: dict) -> nn.Module:
    """Return a network x (N, 1) -> (N, 1) whose first part is frozen and in evaluation mode, as if trained before."""
    first = nn.BatchNorm1d(1).requires_grad_(False)
    assert first.running_mean is not None and first.running_var is not None
    first.running_mean.fill_(0.3)
    first.running_var.fill_(2.0)
    net = nn.Sequential(first, *network(inputs["net"])).train(inputs["training"])
    first.eval()
    return net


def drive_regression_nll(answer: Callable, inputs: dict) -> dict:
    """regression_nll(net, x: (N, 1), y: (N,), sigma) -> scalar."""
    net = regression_network(inputs)
    loss = answer(net, tensor(inputs["x"]), tensor(inputs["y"]), inputs["sigma"])
    scalar_of(loss).backward()
    return {"loss": array(loss), "gradient for the network": gradients_of(net)}
