"""Drivers of notebook 07: sizes of maps, the first weights, an average of G, sampling, and one block."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from ganlib.check.drive.tools import NoAnswer, array, tensor, weights_of


def drive_side_after(answer: Callable, inputs: dict) -> dict:
    """side_after(side, kernel, stride, padding, transposed) -> the side of the map behind the layer."""
    sides = {False: [], True: []}
    for layer in inputs["layers"]:
        sides[layer[-1]].append(array(answer(*layer)))
    names = {False: "side behind each convolution", True: "side behind each transposed convolution"}
    return {names[kind]: np.stack(found) for kind, found in sides.items() if found}


def drive_init_weights(answer: Callable, inputs: dict) -> dict:
    """init_weights(network): draws the weights in place. Means and spreads come back; chance is not the question."""
    wide = int(inputs["channels"])
    network = nn.Sequential(
        nn.Conv2d(3, wide, 4, 2, 1),
        nn.BatchNorm2d(wide),
        nn.Sequential(nn.ConvTranspose2d(wide, wide, 4, 2, 1), nn.BatchNorm2d(wide)),
    )
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.5)  # no trace of torch's own defaults
    answer(network)
    conv, norm, (transposed, norm_2) = network
    scales = torch.cat([norm.weight, norm_2.weight])
    return {
        "mean of the convolution's weights": array(conv.weight.mean()),
        "spread of the convolution's weights": array(conv.weight.std()),
        "mean of the transposed convolution's weights": array(transposed.weight.mean()),
        "spread of the transposed convolution's weights": array(transposed.weight.std()),
        "weights beyond 0.045 (1 = there are some)": array(conv.weight.abs().max() > 0.045).astype(int),
        "mean of batch norm's scales": array(scales.mean()),
        "spread of batch norm's scales": array(scales.std()),
        "largest shift of batch norm": array(torch.cat([norm.bias, norm_2.bias]).abs().max()),
        "weights of the transposed convolution within 0.02": array((transposed.weight.abs() < 0.02).sum().float()),
        "largest bias of the convolutions": array(torch.cat([conv.bias, transposed.bias]).abs().max()),
    }


def small_G(inputs: dict, key: str) -> nn.Module:
    """Return a little generator with batch normalisation, its weights and statistics from the inputs."""
    given = inputs[key]
    G = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3))
    with torch.no_grad():
        for parameter, values in zip(G.parameters(), given["weights"]):
            parameter.copy_(tensor(values))
        G[1].running_mean.copy_(tensor(given["mean"]))
        G[1].running_var.copy_(tensor(given["var"]))
    return G


def statistics(G: nn.Module) -> np.ndarray:
    return np.concatenate([array(G[1].running_mean), array(G[1].running_var)])


def drive_ema_update(answer: Callable, inputs: dict) -> dict:
    """ema_update(G_ema, G, decay), twice, with G moved in between."""
    average, G = small_G(inputs, "average"), small_G(inputs, "G")
    average.requires_grad_(False)
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
        "weights of G": weights_of(G),
    }
    with torch.no_grad():
        for buffer in G.buffers():  # G goes on, and the average must not feel it
            buffer.add_(1)
    return outputs | {"statistics of the average, when G goes on": statistics(average)}


def drive_sample(answer: Callable, inputs: dict) -> dict:
    """sample(G, z) -> x, with G in either mode before."""
    G = small_G(inputs, "G").train(inputs["training"])
    before = copy.deepcopy(G)
    x = answer(G, tensor(inputs["z"]))
    array(x)
    return {
        "samples": array(x),
        "a graph hangs on the samples (1 = yes)": int(getattr(x, "requires_grad", False)),
        "G is in training mode afterwards (1 = yes)": int(G.training),
        "change of batch norm's statistics": statistics(G) - statistics(before),
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
    norms = [array(layer.running_mean) for layer in block.modules() if isinstance(layer, nn.BatchNorm2d)]
    return {
        "x behind the block": array(x),
        "running mean after one batch": norms[0] if norms else np.zeros(0),
        "number of batch normalisations": len(norms),
    }
