"""Drivers of notebook 10: ways through z, directions, the way back, neighbours and outliers."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from ganlib.check.drive.tools import array, network, tensor, weights_of


def drive_slerp(answer: Callable, inputs: dict) -> dict:
    """slerp(a: (N, z_dim), b, t: number) -> (N, z_dim)."""
    return {"the point on the arc": array(answer(tensor(inputs["a"]), tensor(inputs["b"]), float(inputs["t"])))}


def drive_attribute_direction(answer: Callable, inputs: dict) -> dict:
    """attribute_direction(z: (N, z_dim), has: (N,) of truth values) -> (z_dim,)."""
    return {"the direction": array(answer(tensor(inputs["z"]), tensor(inputs["has"])))}


def drive_find_z(answer: Callable, inputs: dict) -> dict:
    """find_z(G, x: (N, C, H, W), z_start: (N, z_dim), steps, rate) -> z: (N, z_dim)."""
    shape = inputs["x"].shape[1:]
    G = network(inputs["G"], nn.Sequential(nn.Tanh(), nn.Unflatten(1, shape)))
    z = answer(G, tensor(inputs["x"]), tensor(inputs["z"]), int(inputs["steps"]), float(inputs["rate"]))
    return {"weights of G afterwards": weights_of(G), "z": array(z)}


def drive_nearest_other(answer: Callable, inputs: dict) -> dict:
    """nearest_other(x: (N, C, H, W)) -> (N,)."""
    return {"distance to the nearest other": array(answer(tensor(inputs["x"])))}


def drive_auc(answer: Callable, inputs: dict) -> dict:
    """auc(scores_usual: (N,), scores_outlier: (M,)) -> scalar."""
    return {"area under the curve": array(answer(tensor(inputs["usual"]), tensor(inputs["outlier"])))}
