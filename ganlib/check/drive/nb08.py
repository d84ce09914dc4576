"""Drivers of notebook 08: where the label goes in, what obeying means, and a loss for pairs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn.functional import one_hot

from ganlib.check.drive.tools import Supply, array, cuts_off, gradient, leaf, network, scalar_of, tensor, weights_of


def drive_append_label(answer: Callable, inputs: dict) -> dict:
    """append_label(z: (N, z_dim), y: (N,), classes) -> (N, z_dim + classes)."""
    y, classes = tensor(inputs["y"]), inputs["classes"]
    wider = array(answer(tensor(inputs["z"]), y, classes))
    cut_off = cuts_off(answer, inputs["z"], y, classes)
    return {"z with its label": wider, "z is cut off from gradients (1 = yes)": cut_off}


def drive_append_planes(answer: Callable, inputs: dict) -> dict:
    """append_planes(x: (N, C, H, W), y: (N,), classes) -> (N, C + classes, H, W)."""
    y, classes = tensor(inputs["y"]), inputs["classes"]
    deeper = array(answer(tensor(inputs["x"]), y, classes))
    cut_off = cuts_off(answer, inputs["x"], y, classes)
    return {"x with its planes": deeper, "x is cut off from gradients (1 = yes)": cut_off}


def drive_random_labels(answer: Callable, inputs: dict) -> dict:
    """random_labels(n, classes) -> (n,), twice. Which ones came, which too often; chance is not the question.

    Of N = 130,000 labels, those of both calls, each class's share has a relative spread of sqrt((classes - 1) / N), at
    most 0.83 %. A class counts as too frequent from 5.2 spreads on, which happens to a right answer once in 10^7
    classes. One that is drawn 10 % more often than each other, whose share is then 8.9 % too large, is seen with more
    than 0.999. The same holds of labels that equal the one before.
    """
    n, classes = inputs["n"], inputs["classes"]
    y, again = answer(n, classes), array(answer(n, classes))
    labels = array(y)
    flat = labels.ravel()
    outputs = {
        "shape": list(labels.shape),
        "type": str(getattr(y, "dtype", type(y).__name__)),
        "labels below 0, or from `classes` on": np.unique(flat[(flat < 0) | (flat >= classes)]),
        "labels that are no whole numbers": int((flat != np.round(flat)).sum()),
    }
    if n < 1000:  # a small batch has its chance of each class, too: a right answer misses one with less than 10^-10
        seen = np.concatenate([array(answer(n, classes)).ravel() for _ in range(100)])
        return outputs | {"labels that never come in 100 calls": np.setdiff1d(np.arange(classes), seen)}
    flat = np.concatenate([flat, again.ravel()])
    most = 5.2 * np.sqrt((classes - 1) / len(flat))
    shares = np.array([(flat == label).mean() * classes for label in range(classes)])
    repeats = (flat[1:] == flat[:-1]).mean() * classes if flat.size > 1 else 0.0
    return outputs | {
        "labels that never come": np.flatnonzero(shares == 0),
        "labels that come too often": np.flatnonzero(shares > 1 + most),
        "labels that come too rarely": np.flatnonzero((shares < 1 - most) & (shares > 0)),
        "equal neighbours: -1 too few, 1 too many": int(repeats > 1 + most) - int(repeats < 1 - most),
        "a second call gives the same (1 = yes)": int(np.array_equal(labels, again)),
    }


def drive_confusion(answer: Callable, inputs: dict) -> dict:
    """confusion(asked: (N,), read: (N,), classes) -> (classes, classes) counts."""
    return {"confusion": array(answer(tensor(inputs["asked"]), tensor(inputs["read"]), inputs["classes"]))}


def drive_pix2pix_loss_G(answer: Callable, inputs: dict) -> dict:
    """pix2pix_loss_G(logits_fake, x_fake, x_target, weight) -> scalar."""
    logits, x_fake = leaf(inputs["logits"]), leaf(inputs["x_fake"])
    loss = answer(logits, x_fake, tensor(inputs["x_target"]), inputs["weight"])
    scalar_of(loss).backward()
    of_logits, of_x = gradient(logits, x_fake)
    return {"loss_G": array(loss), "gradient for logits_fake": of_logits, "gradient for x_fake": of_x}


class Labelled(nn.Module):
    """A network of one input and a label, which is appended to it."""

    def __init__(self, inside: nn.Module, classes: int):
        super().__init__()
        self.inside, self.classes = inside, classes

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.inside(torch.cat([x, one_hot(y, self.classes).to(x.dtype)], 1))


OPTIMISERS = {
    "plain": lambda parameters, rate: torch.optim.SGD(parameters, lr=rate),
    "momentum": lambda parameters, rate: torch.optim.SGD(parameters, lr=rate, momentum=0.7, weight_decay=0.05),
    "adam": lambda parameters, rate: torch.optim.Adam(parameters, lr=rate / 5, betas=(0.6, 0.8), eps=0.01),
}  # hand-written steps and optimisers of one's own are not the one that was given


def drive_obeying_step(answer: Callable, inputs: dict) -> dict:
    """obeying_step(G, D, opt_G, noise, labels) -> loss, three times in a row.

    D may be in evaluation mode, and G may come with the gradients of another step.
    """
    G = Labelled(network(inputs["G"], nn.Tanh()), 3)
    D = Labelled(network(inputs["D"], nn.Flatten(0)), 3)
    D.train(inputs["D trains"])
    for parameter in G.parameters():
        parameter.grad = torch.full_like(parameter, inputs["left over"]) if inputs["left over"] else None
    opt_G = OPTIMISERS[inputs["optimiser"]](G.parameters(), inputs["rate"])
    noise, labels = Supply(inputs["z"]), Supply(inputs["y"])
    losses = [array(answer(G, D, opt_G, noise, labels)) for _ in range(3)]
    return {
        "number of calls to noise()": noise.calls,
        "number of calls to labels()": labels.calls,
        "loss_G of the three steps": np.stack(losses),
        "weights of D after three steps": weights_of(D),
        "weights of G after three steps": weights_of(G),
    }
