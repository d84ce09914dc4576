"""Notebook 02: further right ways to answer."""

import itertools
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrize, prune


def nll_by_distribution(logits, levels):
    return -torch.distributions.Categorical(logits=logits.permute(0, 2, 3, 1)).log_prob(levels).flatten(1).sum(1)


def nll_by_pixel(logits, levels):
    total = torch.zeros(len(logits))
    for i in range(logits.shape[2]):
        for j in range(logits.shape[3]):
            at = logits[:, :, i, j]
            total = total + torch.logsumexp(at, dim=1) - at[torch.arange(len(at)), levels[:, i, j]]
    return total


def nll_by_einsum(logits, levels):
    shifted = logits - logits.max(dim=1, keepdim=True).values
    log_p = shifted - shifted.exp().sum(1, keepdim=True).log()
    return -torch.einsum("nlhw,nhwl->n", log_p, F.one_hot(levels, logits.shape[1]).float())


class PictureNLL(nn.Module):
    def __init__(self):
        super().__init__()
        self.criterion = nn.NLLLoss(reduction="none")

    def forward(self, logits, levels):
        return self.criterion(nn.LogSoftmax(dim=1)(logits), levels).view(len(levels), -1).sum(-1)


def bits_loop(nats, shape):
    channels, height, width = shape
    return [float(one) / math.log(2) / (channels * height * width) for one in nats]


def mask_by_triangle(kind, kernel):
    flat = torch.zeros(kernel * kernel)
    flat[: (kernel * kernel) // 2] = 1
    if kind == "B":
        flat[(kernel * kernel) // 2] = 1
    return flat.reshape(kernel, kernel)


def mask_stacked(kind, kernel):
    k = kernel // 2
    row = torch.cat([torch.ones(k), torch.tensor([1.0 if kind == "B" else 0.0]), torch.zeros(k)])
    return torch.vstack([torch.ones(k, kernel), row[None], torch.zeros(k, kernel)])


def mask_by_meshgrid(kind, kernel):
    i, j = np.mgrid[:kernel, :kernel] - kernel // 2
    return torch.from_numpy((i < 0) | ((i == 0) & (j < 0)) | ((i == 0) & (j == 0) & (kind == "B")))


class Mask(nn.Module):
    def __init__(self, kind, kernel):
        super().__init__()
        self.register_buffer("mask", mask_stacked(kind, kernel))

    def forward(self, weight):
        return weight * self.mask


def parametrised(kind, channels_in, channels_out, kernel):
    layer = nn.Conv2d(channels_in, channels_out, kernel, padding="same")
    parametrize.register_parametrization(layer, "weight", Mask(kind, kernel))
    return layer


def pruned(kind, channels_in, channels_out, kernel):
    layer = nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2)
    prune.custom_from_mask(layer, "weight", mask_stacked(kind, kernel).expand_as(layer.weight))
    return layer


class Inside(nn.Module):
    """The convolution lies inside, its weight and bias are lent out."""

    def __init__(self, kind, channels_in, channels_out, kernel):
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2)
        self.hidden = ~mask_by_meshgrid(kind, kernel)

    @property
    def weight(self):
        return self.conv.weight

    @property
    def bias(self):
        return self.conv.bias

    def forward(self, x):
        masked = self.weight.masked_fill(self.hidden, 0.0)
        return torch.func.functional_call(self.conv, {"weight": masked, "bias": self.bias}, x)


class Before(nn.Conv2d):
    """The weights are masked where they lie, before each use."""

    def __init__(self, kind, *sizes):
        super().__init__(*sizes, padding=sizes[-1] // 2)
        self.register_buffer("mask", mask_by_triangle(kind, sizes[-1]), persistent=False)

    def forward(self, x):
        with torch.no_grad():
            self.weight.mul_(self.mask)
        return super().forward(x)


class Unfolded(nn.Module):
    def __init__(self, kind, channels_in, channels_out, kernel):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels_out, channels_in, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(channels_out))
        nn.init.kaiming_uniform_(self.weight)
        self.kept = mask_by_triangle(kind, kernel).bool()

    def forward(self, x):
        k = self.weight.shape[-1]
        patches = F.unfold(x, k, padding=k // 2)
        weight = torch.where(self.kept, self.weight, torch.zeros_like(self.weight)).flatten(1)
        return (weight @ patches).unflatten(2, x.shape[2:]) + self.bias[:, None, None]


@torch.inference_mode()
def draw_by_logit(network, u):
    x = torch.full((len(u), 1, *u.shape[1:]), -1.0)
    for i, j in itertools.product(range(u.shape[1]), range(u.shape[2])):
        x[:, 0, i, j] = torch.where(network(x)[:, 0, i, j] > torch.logit(u[:, i, j]), 1.0, -1.0)
    return x.clone()


@torch.no_grad()
def draw_in_evaluation(network, u):
    modes = [module.training for module in network.modules()]
    network.eval()
    N, H, W = u.shape
    x = torch.zeros((N, 1, H, W))
    for i in range(H):
        for j in range(W):
            p = 1 / (1 + torch.exp(-network(x)[:, 0, i, j]))
            x[:, 0, i, j][u[:, i, j] < p] = 1
            x[:, 0, i, j][u[:, i, j] >= p] = -1
    for module, mode in zip(network.modules(), modes):
        module.training = mode
    return x


@torch.no_grad()
def draw_cropped(network, u):
    """Rows below are not even shown."""
    x = torch.zeros_like(u).unsqueeze(1)
    for i in range(u.shape[1]):
        for j in range(u.shape[2]):
            p = network(x[:, :, : i + 1])[:, 0, i, j].sigmoid()
            x[:, 0, i, j] = 2.0 * (p > u[:, i, j]) - 1.0
    return x


def draw_by_hand(network, u):
    pictures = np.zeros((len(u), 1, *u.shape[1:]), dtype=np.float32)
    for n, i, j in itertools.product(*map(range, u.shape)):
        logit = network(torch.from_numpy(pictures[n : n + 1]))[0, 0, i, j].item()
        pictures[n, 0, i, j] = 1 if float(u[n, i, j]) < 1 / (1 + math.exp(-logit)) else -1
    return pictures


STYLES = {
    "picture_nll": [nll_by_distribution, nll_by_pixel, nll_by_einsum, PictureNLL()],
    "bits_per_dimension": [
        bits_loop,
        lambda nats, shape: nats.numpy() / np.log(2) / np.prod(shape),
        lambda nats, shape: nats.double() / math.prod(shape) / torch.log(torch.tensor(2.0, dtype=torch.float64)),
        lambda nats, shape: nats / torch.zeros(shape).numel() * torch.log2(torch.tensor(math.e)),
        lambda nats, shape: torch.stack([one / (shape[0] * shape[1] * shape[2] * math.log(2)) for one in nats]),
    ],
    "causal_mask": [
        mask_by_triangle,
        mask_stacked,
        mask_by_meshgrid,
        lambda kind, k: mask_by_meshgrid(kind, k).to(torch.uint8),
        lambda kind, k: (torch.tril(torch.ones(k * k, k * k), -1 + (kind == "B"))[k * k // 2]).view(k, k),
        lambda kind, k: [[float((i, j) < (k // 2, k // 2 + (kind == "B"))) for j in range(k)] for i in range(k)],
    ],
    "CausalConv2d": [parametrised, pruned, Inside, Before, Unfolded],
    "draw": [draw_by_logit, draw_in_evaluation, draw_cropped, draw_by_hand],
}
