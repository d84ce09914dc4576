"""Drivers of notebook 04: best guesses, PSNR, short waves, and what is left of a detail."""

from __future__ import annotations

from collections.abc import Callable

from ganlib.check.drive.tools import array, tensor


def drive_best_guess(answer: Callable, inputs: dict) -> dict:
    """best_guess(pictures: (M, C, H, W), loss: "squared" or "absolute") -> (C, H, W)."""
    return {"the best guess": array(answer(tensor(inputs["pictures"]), inputs["loss"]))}


def drive_psnr(answer: Callable, inputs: dict) -> dict:
    """psnr(x: (N, C, H, W), x_hat) -> (N,), in decibels."""
    return {"decibels": array(answer(tensor(inputs["x"]), tensor(inputs["x_hat"])))}


def drive_fine_part(answer: Callable, inputs: dict) -> dict:
    """fine_part(x: (N, C, H, H)) -> (N,)."""
    return {"the share": array(answer(tensor(inputs["x"])))}


def drive_detail_left(answer: Callable, inputs: dict) -> dict:
    """detail_left(detail: (N, C, H, W), rebuilt, mask: (N, H, W) of truth values) -> scalar."""
    return {"what is left": array(answer(tensor(inputs["detail"]), tensor(inputs["rebuilt"]), tensor(inputs["mask"])))}
