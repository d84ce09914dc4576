"""Drivers of notebook 06: the best D, losses on logits, and one step of each player."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ganlib.check.drive.tools import (
    Recorder,
    Supply,
    array,
    gradient,
    gradients_of,
    leaf,
    pair,
    scalar_of,
    tensor,
    weights_of,
)


def drive_best_D(answer: Callable, inputs: dict) -> dict:
    """best_D(p, q) -> probabilities: densities of the data and of the fakes at the same points, (N,) each."""
    return {"best_D": array(answer(tensor(inputs["p"]), tensor(inputs["q"])))}


def drive_loss_D(answer: Callable, inputs: dict) -> dict:
    """loss_D(logits_real: (N,), logits_fake: (M,)) -> scalar."""
    logits_real, logits_fake = leaf(inputs["logits_real"]), leaf(inputs["logits_fake"])
    loss = answer(logits_real, logits_fake)
    scalar_of(loss).backward()
    of_real, of_fake = gradient(logits_real, logits_fake)
    return {"loss_D": array(loss), "gradient for logits_real": of_real, "gradient for logits_fake": of_fake}


def drive_loss_G(answer: Callable, inputs: dict) -> dict:
    """loss_G(logits_fake: (N,)) -> scalar."""
    logits_fake = leaf(inputs["logits_fake"])
    loss = answer(logits_fake)
    scalar_of(loss).backward()
    return {"loss_G": array(loss), "gradient for logits_fake": gradient(logits_fake)[0]}


def drive_update_D(answer: Callable, inputs: dict) -> dict:
    """update_D(G, D, opt_D, x_real, z) -> loss, twice in a row."""
    G, D = pair(inputs)
    opt_D = torch.optim.SGD(D.parameters(), lr=inputs["rate"])
    losses = [array(answer(G, D, opt_D, tensor(x), tensor(z))) for x, z in zip(inputs["x_real"], inputs["z"])]
    return {
        "loss_D of the two steps": np.stack(losses),
        "gradient that G received": gradients_of(G),
        "weights of G after two steps": weights_of(G),
        "weights of D after two steps": weights_of(D),
    }


def drive_update_G(answer: Callable, inputs: dict) -> dict:
    """update_G(G, D, opt_G, noise) -> loss, twice in a row."""
    G, inside = pair(inputs)
    D = Recorder(inside)
    opt_G = torch.optim.SGD(G.parameters(), lr=inputs["rate"])
    noise = Supply(inputs["z"])
    losses = [array(answer(G, D, opt_G, noise)) for _ in range(2)]
    return {
        "number of calls to noise()": noise.calls,
        "loss_G of the two steps": np.stack(losses),
        "weights of D after two steps": weights_of(D),
        "weights of G after two steps": weights_of(G),
    }


def drive_one_round(answer: Callable, inputs: dict) -> dict:
    """one_round(G, D, opt_G, opt_D, x_real, noise) -> (loss_D, loss_G), three times in a row."""
    G, D = pair(inputs)
    opt_G = torch.optim.SGD(G.parameters(), lr=inputs["rate"])
    opt_D = torch.optim.SGD(D.parameters(), lr=inputs["rate"])
    noise = Supply(inputs["z"])
    losses = [array(answer(G, D, opt_G, opt_D, tensor(x), noise)) for x in inputs["x_real"]]
    return {
        "number of calls to noise()": noise.calls,
        "loss_D and loss_G of the rounds": np.stack(losses),
        "weights of D after the rounds": weights_of(D),
        "weights of G after the rounds": weights_of(G),
    }
