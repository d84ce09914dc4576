"""Drivers of notebook 07: sizes of maps, the first weights, an average of G, sampling, and one block."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from torch import nn

from ganlib.check.drive.tools import NoAnswer, array, gradients_of, tensor, weights_of


def drive_side_after(answer: Callable, inputs: dict) -> dict:
    """side_after(side, kernel, stride, padding, transposed) -> the side of the map behind the layer."""
    sides = {False: [], True: []}
    for layer in inputs["layers"]:
        sides[layer[-1]].append(array(answer(*layer)))
    names = {False: "side behind each convolution", True: "side behind each transposed convolution"}
    return {names[kind]: np.stack(found) for kind, found in sides.items() if found}


def drive_init_weights(answer: Callable, inputs: dict) -> dict:
    """init_weights(network), twice: draws the weights in place. Means and spreads come back; chance is no question."""
    wide = int(inputs["channels"])
    within = nn.Sequential(nn.ConvTranspose2d(wide, 2, 1), nn.ReLU(), nn.Conv2d(2, wide, 1), nn.BatchNorm2d(wide))
    network = nn.Sequential(nn.Conv2d(2, wide, 1), nn.BatchNorm2d(wide), nn.Sequential(nn.ReLU(), within))
    parameters = list(network.parameters())
    with torch.no_grad():
        for parameter in parameters:
            parameter.add_(0.5)  # no trace of torch's own defaults
    answer(network)
    first = cast("nn.Conv2d", network[0]).weight.detach().clone()
    answer(network)
    convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)]
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    biases = [cast("torch.Tensor", layer.bias) for layer in convolutions]
    redrawn = (cast("nn.Conv2d", network[0]).weight == first).float().mean()
    return {
        **moments("the convolutions' weights", [layer.weight for layer in convolutions]),
        **moments("batch norm's scales, less 1", [layer.weight - 1 for layer in norms]),
        "biases of the convolutions that are not 0": sum(int(bias.count_nonzero()) for bias in biases),
        "shifts of batch norm that are not 0": sum(int(layer.bias.count_nonzero()) for layer in norms),
        "parameters in whose place others stand": sum(a is not b for a, b in zip(parameters, network.parameters())),
        "weights that a second call draws again, as a share": array(redrawn),
    }


def moments(what: str, drawn: list[torch.Tensor]) -> dict:
    """Return the mean and the spread of each tensor, and how heavy its tails are: 1.32 for a normal distribution."""
    drawn = [one.detach().double() for one in drawn]
    centred = [one - one.mean() for one in drawn]
    spread = [one.square().mean().sqrt() for one in centred]
    tails = [one.square().square().mean() ** 0.25 / s.clamp(min=1e-9) for one, s in zip(centred, spread)]
    return {
        f"means of {what}": array(torch.stack([one.mean() for one in drawn])),
        f"spreads of {what}": array(torch.stack(spread)),
        f"tails of {what}": array(torch.stack(tails)),
    }


def small_G(inputs: dict, key: str) -> nn.Sequential:
    """Return a little generator with parts inside of parts, batch norm and dropout; its numbers are the inputs'."""
    within = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.5))
    G = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Sequential(nn.ReLU(), within), nn.Linear(4, 3))
    with torch.no_grad():
        for parameter, values in zip(G.parameters(), inputs[key]["weights"]):
            parameter.copy_(tensor(values))
        for buffer, values in zip(G.buffers(), inputs[key]["buffers"]):
            buffer.copy_(tensor(values))
    return G


def statistics(G: nn.Module) -> np.ndarray:
    """Return all buffers in one row: means, variances and the numbers of batches."""
    return np.concatenate([array(buffer).ravel().astype(np.float64) for buffer in G.buffers()])


def drive_ema_update(answer: Callable, inputs: dict) -> dict:
    """ema_update(G_ema, G, decay), twice, with G moved in between."""
    average, G = small_G(inputs, "average").eval(), small_G(inputs, "G")
    average.requires_grad_(inputs["trainable"])
    G[0].requires_grad_(not inputs["trainable"])
    answer(average, G, inputs["decay"])
    first = weights_of(average)
    with torch.no_grad():
        for parameter in G.parameters():
            parameter.mul_(1.5)
    answer(average, G, inputs["decay"])
    outputs = {
        "weights of the average after one update": first,
        "weights of the average after two": weights_of(average),
        "batch norm's statistics of the average": statistics(average),
        "kinds of numbers in the average's buffers": [str(buffer.dtype) for buffer in average.buffers()],
        "weights of G": weights_of(G),
    }
    with torch.no_grad():
        for moved in [*G.buffers(), *G.parameters()]:  # G goes on, and the average must not feel it
            moved.add_(1)
    return outputs | {
        "statistics of the average, when G goes on": statistics(average),
        "weights of the average, when G goes on": weights_of(average),
    }


def drive_sample(answer: Callable, inputs: dict) -> dict:
    """sample(G, z) -> x, with G in either mode before, and in the middle of a training: it holds gradients."""
    G = small_G(inputs, "G").train(inputs["training"])
    G[0].requires_grad_(inputs["training"])
    for parameter in G.parameters():
        parameter.grad = torch.ones_like(parameter)
    before = copy.deepcopy(G)
    with torch.set_grad_enabled(inputs["training"]):  # whoever asks for samples may not want gradients either
        x = answer(G, tensor(inputs["z"]))
    array(x)
    return {
        "samples": array(x),
        "a graph hangs on the samples (1 = yes)": int(getattr(x, "requires_grad", False)),
        "G is in training mode afterwards (1 = yes)": int(G.training),
        "change of batch norm's statistics": statistics(G) - statistics(before),
        "gradients that G held": gradients_of(G),
    }


def drive_up_block(answer: Callable, inputs: dict) -> dict:
    """up_block(channels_in, channels_out) -> module: x (N, in, H, W) -> (N, out, 2H, 2W)."""
    W = tensor(inputs["W"])  # (in, out, 4, 4)
    block = answer(W.shape[0], W.shape[1])
    if not isinstance(block, nn.Module):
        raise NoAnswer("up_block should return an nn.Module, such as nn.Sequential(...).")
    convolutions = [layer for layer in block.modules() if isinstance(layer, nn.ConvTranspose2d)]
    if len(convolutions) != 1 or convolutions[0].weight.shape != W.shape:
        raise NoAnswer("The block should hold one nn.ConvTranspose2d(channels_in, channels_out, 4, ...).")
    with torch.no_grad():
        convolutions[0].weight.copy_(W)
        if convolutions[0].bias is not None:
            convolutions[0].bias.zero_()
    block.train()
    x = block(tensor(inputs["x"]))
    norms = [layer for layer in block.modules() if isinstance(layer, nn.BatchNorm2d)]
    statistics = [array(part) for layer in norms[:1] for part in (layer.running_mean, layer.running_var)]
    with torch.no_grad():
        for layer in norms:
            for parameter, values in zip((layer.weight, layer.bias), (inputs["scale"], inputs["shift"])):
                if parameter is not None:
                    parameter.copy_(tensor(values))
    return {
        "x behind the block": array(x),
        "running mean and variance after one batch": np.stack(statistics) if statistics else np.zeros(0),
        "number of batch normalisations": len(norms),
        "x with other scales and shifts": array(block(tensor(inputs["x"]))),
        "x in evaluation mode": array(block.eval()(tensor(inputs["x"]))),
    }
