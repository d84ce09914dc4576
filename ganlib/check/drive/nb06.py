"""Drivers of notebook 06: losses on logits, and one step of each player."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ganlib.check.drive.tools import Supply, array, gradient, leaf, pair, scalar_of, weights_of


def drive_loss_D(answer: Callable, inputs: dict) -> dict:
    """loss_D(logits_real: (N,), logits_fake: (M,)) -> scalar."""
    logits_real, logits_fake = leaf(inputs["logits_real"]), leaf(inputs["logits_fake"])
    loss = answer(logits_real, logits_fake)
    scalar_of(loss).backward()
    of_real, of_fake = gradient(logits_real, logits_fake)
    return {"loss_D": array(loss), "gradient for logits_real": of_real, "gradient for logits_fake": of_fake}


def drive_update_G(answer: Callable, inputs: dict) -> dict:
    """update_G(G, D, opt_G, noise) -> loss, twice in a row."""
    G, D = pair(inputs)
    opt_G = torch.optim.SGD(G.parameters(), lr=inputs["rate"])
    noise = Supply(inputs["z"])
    losses = [array(answer(G, D, opt_G, noise)) for _ in range(2)]
    return {
        "number of calls to noise()": noise.calls,
        "loss_G of the two steps": np.stack(losses),
        "weights of D after two steps": weights_of(D),
        "weights of G after two steps": weights_of(G),
    }
