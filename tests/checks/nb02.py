"""Notebook 02: other right ways to answer, and wrong answers with a part of the hint that each must get."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def nll_by_gather(logits, levels):
    log_p = F.log_softmax(logits, dim=1)
    return -log_p.gather(1, levels.unsqueeze(1)).squeeze(1).flatten(1).sum(1)


def nll_one_by_one(logits, levels):
    return torch.stack([F.cross_entropy(l[None], x[None], reduction="sum") for l, x in zip(logits, levels)])


def nll_by_logsumexp(logits, levels):
    chosen = (logits * F.one_hot(levels, logits.shape[1]).movedim(-1, 1)).sum(1)
    return (logits.logsumexp(1) - chosen).sum((1, 2))


def mask_by_loop(kind, kernel):
    mask = np.zeros((kernel, kernel))
    for i in range(kernel):
        for j in range(kernel):
            place, middle = i * kernel + j, kernel * kernel // 2
            mask[i, j] = place < middle or (place == middle and kind == "B")
    return mask


def mask_by_order(kind, kernel):
    order = torch.arange(kernel * kernel).view(kernel, kernel)
    return order < kernel**2 // 2 + (1 if kind == "B" else 0)


def mask_to_the_right(kind, kernel):
    mask = torch.ones(kernel, kernel)
    mask[kernel // 2 + 1 :] = 0
    mask[:, kernel // 2 + (kind == "B") :] = 0
    return mask


def mask_rows_only(kind, kernel):
    mask = torch.ones(kernel, kernel)
    mask[kernel // 2 + 1 :] = 0
    if kind == "A":
        mask[kernel // 2, kernel // 2] = 0
    return mask


def mask_forgot_rows(kind, kernel):
    mask = torch.ones(kernel, kernel)
    mask[kernel // 2, kernel // 2 + (kind == "B") :] = 0
    return mask


class MaskedData(nn.Conv2d):
    def __init__(self, kind, channels_in, channels_out, kernel):
        super().__init__(channels_in, channels_out, kernel, padding=kernel // 2)
        self.register_buffer("mask", mask_by_order(kind, kernel).float())

    def forward(self, x):
        self.weight.data *= self.mask
        return super().forward(x)


class Functional(nn.Module):
    def __init__(self, kind, channels_in, channels_out, kernel):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels_out, channels_in, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(channels_out))
        self.mask, self.padding = mask_by_order(kind, kernel), kernel // 2

    def forward(self, x):
        return F.conv2d(x, self.weight.where(self.mask, 0.0), self.bias, padding=self.padding)


class MaskedOnce(nn.Conv2d):
    def __init__(self, kind, channels_in, channels_out, kernel):
        super().__init__(channels_in, channels_out, kernel, padding=kernel // 2)
        with torch.no_grad():
            self.weight *= mask_by_order(kind, kernel)


class MaskedGradient(MaskedOnce):
    def __init__(self, kind, *sizes):
        super().__init__(kind, *sizes)
        mask = mask_by_order(kind, sizes[-1]).float()
        self.weight.register_hook(lambda gradient: gradient * mask)


class LearnedMask(nn.Conv2d):
    def __init__(self, kind, channels_in, channels_out, kernel):
        super().__init__(channels_in, channels_out, kernel, padding=kernel // 2)
        self.mask = nn.Parameter(mask_by_order(kind, kernel).float())

    def forward(self, x):
        return F.conv2d(x, self.weight * self.mask, self.bias, padding="same")


class NoBias(Functional):
    def forward(self, x):
        return F.conv2d(x, self.weight * self.mask, padding=self.padding)


class NoPadding(Functional):
    def forward(self, x):
        return F.conv2d(x, self.weight * self.mask, self.bias)


class AlwaysA(MaskedData):
    def __init__(self, kind, *sizes):
        super().__init__("A", *sizes)


class ForgotReturn(Functional):
    def forward(self, x):
        F.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)


def loop(network, u, value):
    x = torch.zeros(len(u), 1, *u.shape[1:])
    with torch.no_grad():
        for i in range(u.shape[1]):
            for j in range(u.shape[2]):
                x[:, 0, i, j] = value(network(x)[:, 0, i, j], u[:, i, j])
    return x


def draw_with_bernoulli_style(network, u):
    return loop(network, u, lambda logit, u: 2 * (u < logit.sigmoid()).float() - 1)


def draw_flat(network, u):
    x = torch.randn(len(u), 1, u.shape[1], u.shape[2]).sign()  # what stands there before does not matter
    for k in range(u[0].numel()):
        p = torch.sigmoid(network(x)).flatten(1)[:, k].detach()
        x.view(len(u), -1)[:, k] = torch.sign(p - u.flatten(1)[:, k])
    return x


def draw_one_by_one(network, u):
    return torch.cat([draw_with_bernoulli_style(network, one[None]) for one in u])


def draw_columns(network, u):
    x = torch.zeros(len(u), 1, *u.shape[1:])
    for j in range(u.shape[2]):
        for i in range(u.shape[1]):
            x[:, 0, i, j] = torch.where(u[:, i, j] < network(x)[:, 0, i, j].sigmoid(), 1.0, -1.0).detach()
    return x


def draw_at_once(network, u):
    logits = network(torch.zeros(len(u), 1, *u.shape[1:]))
    return torch.where(u.unsqueeze(1) < logits.sigmoid(), 1.0, -1.0)


STYLES = {
    "picture_nll": [nll_by_gather, nll_one_by_one, nll_by_logsumexp],
    "bits_per_dimension": [
        lambda nats, shape: nats / np.log(2) / np.prod(shape),
        lambda nats, shape: nats * math.log2(math.e) / (shape[0] * shape[1] * shape[2]),
        lambda nats, shape: (nats / torch.tensor(2.0).log() / math.prod(shape)).tolist(),
    ],
    "causal_mask": [mask_by_loop, mask_by_order, lambda kind, k: torch.tensor(mask_by_loop(kind, k)).long()],
    "CausalConv2d": [MaskedData, Functional],
    "draw": [draw_with_bernoulli_style, draw_flat, draw_one_by_one],
}

WRONG = {
    "picture_nll": [
        (lambda logits, x: F.cross_entropy(logits, x), "not to reduce"),
        (lambda logits, x: F.cross_entropy(logits, x, reduction="sum"), "one number a picture"),
        (lambda logits, x: F.cross_entropy(logits.softmax(dim=1), x, reduction="none").sum((1, 2)), "twice"),
        (lambda logits, x: F.nll_loss(logits, x, reduction="none").sum((1, 2)), "logits themselves"),
        (lambda logits, x: -nll_by_gather(logits, x), "minus that"),
        (lambda logits, x: nll_by_gather(logits, x) / x[0].numel(), "average over the pixels"),
        (lambda logits, x: nll_by_gather(logits, x).mean(), "caller will average"),
        (lambda logits, x: F.nll_loss(logits.softmax(1).log(), x, reduction="none").flatten(1).sum(1), "one step"),
        (
            lambda logits, x: F.nll_loss((logits.softmax(1) + 1e-8).log(), x, reduction="none").flatten(1).sum(1),
            "below the logarithm",
        ),
        (lambda logits, x: nll_by_gather(logits, x) / math.log(2), "bits"),
        (lambda logits, x: F.nll_loss(logits.log_softmax(-1), x, reduction="none").sum((1, 2)), "wrong axis"),
        (lambda logits, x: nll_by_gather(logits, x).detach(), "gradient"),
    ],
    "bits_per_dimension": [
        (lambda nats, shape: nats / math.prod(shape), "ln 2 nats"),
        (lambda nats, shape: nats * math.log(2) / math.prod(shape), "should divide"),
        (lambda nats, shape: nats / (shape[-1] * shape[-2]) / math.log(2), "*and* C"),
        (lambda nats, shape: -nats / math.prod(shape) / math.log(2), "sign"),
        (lambda nats, shape: nats / math.log(2), "a *picture*"),
        (lambda nats, shape: torch.log2(nats) / math.prod(shape), "logarithms already"),
        (lambda nats, shape: nats.mean() / math.prod(shape) / math.log(2), "for each picture"),
        (lambda nats, shape: nats / (math.sum(shape) * math.log(2)), "AttributeError"),
    ],
    "causal_mask": [
        (lambda kind, k: mask_by_order("B" if kind == "A" else "A", k), "exchanged"),
        (lambda kind, k: mask_by_order("A", k), "in both types"),
        (mask_to_the_right, "right half of every row"),
        (mask_rows_only, "to the right are still on"),
        (mask_forgot_rows, "below the middle"),
        (lambda kind, k: torch.tril(torch.ones(k, k), -1 if kind == "A" else 0), "The mask"),
        (lambda kind, k: mask_by_order(kind, k).float().T, "Rows and columns"),
        (lambda kind, k: ~mask_by_order(kind, k), "inside out"),
        (lambda kind, k: mask_by_order(kind, k)[None, None], "shape"),
    ],
    "CausalConv2d": [
        (MaskedOnce, "nothing keeps them at zero"),
        (MaskedGradient, "loaded"),
        (LearnedMask, "not be a parameter"),
        (NoBias, "bias"),
        (NoPadding, "shrinks"),
        (AlwaysA, "`kind` makes no difference"),
        (ForgotReturn, "`return`"),
        (lambda kind, channels_in, channels_out, k: mask_by_order(kind, k), "nn.Module"),
    ],
    "draw": [
        (lambda net, u: loop(net, u, lambda logit, u: torch.where(logit.sigmoid() > 0.5, 1.0, -1.0)), "depend on u"),
        (lambda net, u: loop(net, u, lambda logit, u: (u < logit.sigmoid()).float()), "Paper is 0"),
        (lambda net, u: loop(net, u, lambda logit, u: torch.where(u > logit.sigmoid(), 1.0, -1.0)), "*below*"),
        (lambda net, u: loop(net, u, lambda logit, u: torch.where(u < logit, 1.0, -1.0)), "no probability"),
        (lambda net, u: loop(net, u, lambda logit, u: 2 * logit.sigmoid() - 1), "a grey"),
        (draw_columns, "columns"),
        (draw_at_once, "asked again"),
        (lambda net, u: draw_flat(net, u)[:, 0], "shape"),
        (lambda net, u: draw_with_bernoulli_style(net, torch.rand_like(u)), "pictures"),
    ],
}
