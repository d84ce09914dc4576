"""Drivers of notebook 10: ways through z, directions, the way back, neighbours and outliers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from ganlib.check.drive.tools import array, network, tensor, weights_of


def drive_slerp(answer: Callable, inputs: dict) -> dict:
    """slerp(a: (N, z_dim), b, t: number) -> (N, z_dim)."""
    return {"the point on the arc": array(answer(tensor(inputs["a"]), tensor(inputs["b"]), float(inputs["t"])))}


def drive_attribute_direction(answer: Callable, inputs: dict) -> dict:
    """attribute_direction(z: (N, z_dim), has: (N,) of truth values) -> (z_dim,)."""
    return {"the direction": array(answer(tensor(inputs["z"]), tensor(inputs["has"])))}


def generator_of(inputs: dict) -> nn.Module:
    """Return the G whose way back is looked for; with `inputs["norm"]` one in evaluation mode, with parts inside.

    norm: running mean and variance (pixels,) of a BatchNorm that is far from the statistics of any batch.
    """
    shape = inputs["x"].shape[1:]
    last: list[nn.Module] = [nn.Tanh(), nn.Unflatten(1, shape)]
    if "norm" not in inputs:
        return network(inputs["G"], nn.Sequential(*last))
    norm = nn.BatchNorm1d(len(inputs["norm"][0]))
    norm.running_mean, norm.running_var = (tensor(values) for values in inputs["norm"])
    return network(inputs["G"], nn.Sequential(nn.Sequential(nn.Dropout(0.5), norm), *last)).eval()


def drive_find_z(answer: Callable, inputs: dict) -> dict:
    """find_z(G, x: (N, C, H, W), z_start: (N, z_dim), steps, rate) -> z: (N, z_dim)."""
    G = generator_of(inputs)
    z = answer(G, tensor(inputs["x"]), tensor(inputs["z"]), int(inputs["steps"]), float(inputs["rate"]))
    kept = bool(isinstance(z, torch.Tensor) and z.grad_fn is not None)
    return {"weights of G afterwards": weights_of(G), "z": array(z), "whether z still hangs on a graph": kept}


def drive_nearest_other(answer: Callable, inputs: dict) -> dict:
    """nearest_other(x: (N, C, H, W)) -> (N,)."""
    return {"distance to the nearest other": array(answer(tensor(inputs["x"])))}


def drive_auc(answer: Callable, inputs: dict) -> dict:
    """auc(scores_usual: (N,), scores_outlier: (M,)) -> scalar."""
    return {"area under the curve": array(answer(tensor(inputs["usual"]), tensor(inputs["outlier"])))}
