"""Drivers of notebook 03: codes drawn from q, the two terms of the ELBO, estimates of log p(x), and PCA."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ganlib.check.drive.tools import array, gradient, leaf, scalar_of, tensor


def drive_draw_code(answer: Callable, inputs: dict) -> dict:
    """draw_code(mean: (N, z_dim), log_var, noise) -> z: (N, z_dim)."""
    mean, log_var = leaf(inputs["mean"]), leaf(inputs["log_var"])
    z = answer(mean, log_var, tensor(inputs["noise"]))
    (scalar_of(z) + z.square().sum()).backward()
    of_mean, of_log_var = gradient(mean, log_var)
    return {"z": array(z), "gradient for mean": of_mean, "gradient for log_var": of_log_var}


def drive_kl_between(answer: Callable, inputs: dict) -> dict:
    """kl_between(mean_q, log_var_q, mean_p, log_var_p: (N, z_dim)) -> (N,)."""
    names = ("mean_q", "log_var_q", "mean_p", "log_var_p")
    leaves = [leaf(inputs[name]) for name in names]
    kl = answer(*leaves)
    scalar_of(kl).backward()
    return {"the divergence": array(kl)} | {f"gradient for {name}": g for name, g in zip(names, gradient(*leaves))}


def drive_vae_loss(answer: Callable, inputs: dict) -> dict:
    """vae_loss(x: (N, C, H, W), x_hat, mean: (N, z_dim), log_var, sigma: number) -> scalar."""
    names = ("x_hat", "mean", "log_var")
    leaves = [leaf(inputs[name]) for name in names]
    loss = answer(tensor(inputs["x"]), *leaves, float(inputs["sigma"]))
    scalar_of(loss).backward()
    return {"the loss": array(loss)} | {f"gradient for {name}": g for name, g in zip(names, gradient(*leaves))}


def drive_estimate_log_p(answer: Callable, inputs: dict) -> dict:
    """estimate_log_p(log_weights: (K, N)) -> (N,)."""
    return {"the estimate": array(answer(tensor(inputs["log_weights"])))}


def drive_pca_rebuild(answer: Callable, inputs: dict) -> dict:
    """pca_rebuild(x: (N, d), k, new: (M, d)) -> new, rebuilt (M, d); in double precision."""
    x, new = (torch.tensor(inputs[name], dtype=torch.float64) for name in ("x", "new"))
    return {"the rebuilt rows": array(answer(x, int(inputs["k"]), new))}
