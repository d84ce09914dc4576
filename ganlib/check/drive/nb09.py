"""Drivers of notebook 09: the ring, measures of collapse, and what shows D several samples at once."""

from __future__ import annotations

from collections.abc import Callable

from ganlib.check.drive.tools import NoAnswer, array, cuts_off, gradient, leaf, scalar_of, tensor


def drive_ring_centres(answer: Callable, inputs: dict) -> dict:
    """ring_centres(modes, radius) -> (modes, 2)."""
    return {"the centres": array(answer(int(inputs["modes"]), float(inputs["radius"])))}


def drive_modes_and_good(answer: Callable, inputs: dict) -> dict:
    """modes_and_good(x: (N, 2), centres: (K, 2), sigma) -> (number of modes, share of good samples)."""
    both = answer(tensor(inputs["x"]), tensor(inputs["centres"]), float(inputs["sigma"]))
    if not isinstance(both, tuple | list) or len(both) != 2:
        raise NoAnswer("modes_and_good should return two things: the number of modes, and the share of good samples.")
    return {"number of modes": array(both[0]), "share of good samples": array(both[1])}


def drive_reverse_kl(answer: Callable, inputs: dict) -> dict:
    """reverse_kl(counts: (K,) of int64, weights: (K,)) -> scalar."""
    return {"reverse KL": array(answer(tensor(inputs["counts"]), tensor(inputs["weights"])))}


def drive_add_spread(answer: Callable, inputs: dict) -> dict:
    """add_spread(features: (N, F)) -> (N, F + 1)."""
    features = leaf(inputs["features"])
    wider = answer(features)
    (scalar_of(wider) + wider.square().sum()).backward()
    return {"the features": array(wider), "gradient for the features": gradient(features)[0]}


def drive_pack(answer: Callable, inputs: dict) -> dict:
    """pack(x: (N, C, H, W), m) -> (N / m, m * C, H, W)."""
    packs, m = array(answer(tensor(inputs["x"]), int(inputs["m"]))), int(inputs["m"])
    return {"the packs": packs, "the pictures are cut off from gradients (1 = yes)": cuts_off(answer, inputs["x"], m)}
