"""Drivers of notebook 08: where the label goes in, what obeying means, and a loss for pairs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn.functional import one_hot

from ganlib.check.drive.tools import Supply, array, gradient, leaf, network, scalar_of, tensor, weights_of


def drive_append_label(answer: Callable, inputs: dict) -> dict:
    """append_label(z: (N, z_dim), y: (N,), classes) -> (N, z_dim + classes)."""
    return {"z with its label": array(answer(tensor(inputs["z"]), tensor(inputs["y"]), inputs["classes"]))}


def drive_append_planes(answer: Callable, inputs: dict) -> dict:
    """append_planes(x: (N, C, H, W), y: (N,), classes) -> (N, C + classes, H, W)."""
    return {"x with its planes": array(answer(tensor(inputs["x"]), tensor(inputs["y"]), inputs["classes"]))}


def drive_random_labels(answer: Callable, inputs: dict) -> dict:
    """random_labels(n, classes) -> (n,). Which ones came and how often; chance is not the question."""
    classes = inputs["classes"]
    y = answer(inputs["n"], classes)
    labels = array(y)
    flat = labels.ravel()
    counts = np.array([(labels == label).mean() * classes for label in range(classes)])
    return {
        "shape": list(labels.shape),
        "type": str(getattr(y, "dtype", type(y).__name__)),
        "labels that occur": np.unique(labels),
        "how often, 1 is its fair share": np.round(counts * 2) / 2,
        "labels that equal the one before, 1 is the fair share": np.round(
            (flat[1:] == flat[:-1]).mean() * classes if flat.size > 1 else 0.0
        ),
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


def drive_obeying_step(answer: Callable, inputs: dict) -> dict:
    """obeying_step(G, D, opt_G, noise, labels) -> loss, twice in a row."""
    G = Labelled(network(inputs["G"], nn.Tanh()), 3)
    D = Labelled(network(inputs["D"], nn.Flatten(0)), 3)
    opt_G = torch.optim.SGD(G.parameters(), lr=inputs["rate"])
    noise, labels = Supply(inputs["z"]), Supply(inputs["y"])
    losses = [array(answer(G, D, opt_G, noise, labels)) for _ in range(2)]
    return {
        "number of calls to noise()": noise.calls,
        "number of calls to labels()": labels.calls,
        "loss_G of the two steps": np.stack(losses),
        "weights of D after two steps": weights_of(D),
        "weights of G after two steps": weights_of(G),
    }
