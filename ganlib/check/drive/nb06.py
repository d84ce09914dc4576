"""Drivers of notebook 06: the best D, losses on logits, and one step of each player."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from ganlib.check.drive.tools import (
    Supply,
    array,
    gradient,
    gradients_of,
    leaf,
    network,
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


class Louder(nn.Module):
    """A layer that does something else in training, as dropout does, but without chance: whoever calls eval() shows."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 1.25 * x if self.training else x


def players(inputs: dict) -> tuple[nn.Module, nn.Module]:
    """Return the (G, D) of the inputs' weights, in parts that lie inside of parts."""

    def nested(layers: nn.Sequential) -> nn.Module:
        first, *rest = layers
        return nn.Sequential(nn.Sequential(first, Louder()), nn.Sequential(*rest))

    return nested(network(inputs["G"], nn.Tanh())), nested(network(inputs["D"], nn.Flatten(0)))


class Steps:
    """An optimiser of the inputs' kind for a network, and the number of steps that it took."""

    def __init__(self, network: nn.Module, inputs: dict):
        first, *rest = network.parameters()
        rate, self.taken = inputs["rate"], 0
        groups = [{"params": [first]}, {"params": rest, "lr": rate / 3}]  # no hand-written step has two rates
        self.optimiser = {
            "plain": lambda: torch.optim.SGD([first, *rest], lr=rate),
            "momentum": lambda: torch.optim.SGD(groups, lr=rate, momentum=0.7, weight_decay=0.05, nesterov=True),
            "adam": lambda: torch.optim.Adam(groups, lr=rate, betas=(0.6, 0.8), eps=0.01, weight_decay=0.05),
        }[inputs["optimiser"]]()
        self.optimiser.register_step_post_hook(self.count)

    def count(self, *_: object) -> None:
        self.taken += 1


def drive_update_D(answer: Callable, inputs: dict) -> dict:
    """update_D(G, D, opt_D, x_real, z) -> loss, three times in a row; D may come with gradients of another step."""
    G, D = players(inputs)
    opt_D, reached = Steps(D, inputs), []
    for parameter in G.parameters():
        parameter.register_hook(lambda _: reached.append(1))
    for parameter in D.parameters():
        parameter.grad = torch.full_like(parameter, inputs["left over"]) if inputs["left over"] else None
    losses = [array(answer(G, D, opt_D.optimiser, tensor(x), tensor(z))) for x, z in zip(inputs["x_real"], inputs["z"])]
    return {
        "loss_D of the steps": np.stack(losses),
        "a gradient was worked out for G (1 = yes)": int(bool(reached)),
        "gradient that G received": gradients_of(G),
        "number of steps that opt_D took": opt_D.taken,
        "weights of G after the steps": weights_of(G),
        "weights of D after the steps": weights_of(D),
    }


def drive_update_G(answer: Callable, inputs: dict) -> dict:
    """update_G(G, D, opt_G, noise) -> loss, three times in a row."""
    G, D = players(inputs)
    opt_G, noise = Steps(G, inputs), Supply(inputs["z"])
    losses = [array(answer(G, D, opt_G.optimiser, noise)) for _ in range(3)]
    return {
        "number of calls to noise()": noise.calls,
        "loss_G of the steps": np.stack(losses),
        "number of steps that opt_G took": opt_G.taken,
        "weights of D after the steps": weights_of(D),
        "weights of G after the steps": weights_of(G),
    }


def drive_one_round(answer: Callable, inputs: dict) -> dict:
    """one_round(G, D, opt_G, opt_D, x_real, noise) -> (loss_D, loss_G), three times in a row."""
    G, D = players(inputs)
    opt_G, opt_D, noise = Steps(G, inputs), Steps(D, inputs), Supply(inputs["z"])
    losses = [array(answer(G, D, opt_G.optimiser, opt_D.optimiser, tensor(x), noise)) for x in inputs["x_real"]]
    return {
        "number of calls to noise()": noise.calls,
        "loss_D and loss_G of the rounds": np.stack(losses),
        "number of steps that opt_D and opt_G took": np.array([opt_D.taken, opt_G.taken]),
        "weights of D after the rounds": weights_of(D),
        "weights of G after the rounds": weights_of(G),
    }
