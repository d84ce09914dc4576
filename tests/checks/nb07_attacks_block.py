"""Notebook 07, one block: wrong answers that a check could let through, each with its kind."""

import torch
from torch import nn


def convolution(i, o, **named):
    return nn.ConvTranspose2d(i, o, 4, **{"stride": 2, "padding": 1, "bias": False} | named)


def norm(o, **named):
    return nn.BatchNorm2d(o, **{"momentum": 0.2} | named)


def up(active=nn.ReLU, **named):
    return lambda i, o: nn.Sequential(convolution(i, o), norm(o, **named), active())


class Blocks:
    """Makes a block once and hands it out ever after."""

    def __init__(self):
        self.made = {}

    def __call__(self, i, o):
        return self.made.setdefault((i, o), up()(i, o))


class TwiceNormalised(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.convolution, self.norm = convolution(i, o), norm(o)

    def forward(self, x):
        return self.norm(self.norm(self.convolution(x))).relu()


class InEval(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.convolution, self.norm = convolution(i, o), norm(o)

    def train(self, mode=True):
        super().train(mode)
        self.norm.eval()
        return self

    def forward(self, x):
        return self.norm(self.convolution(x)).relu()


def seeded(i, o):
    torch.manual_seed(0)
    return up()(i, o)


def upsampled(i, o):
    return nn.Sequential(convolution(i, o, stride=1, padding=1), nn.Upsample(scale_factor=2), norm(o), nn.ReLU())


ATTACKS = {
    "up_block": [
        ("state", seeded),
        ("state", Blocks()),
        ("state", InEval),
        ("unused", lambda i, o: up()(2, 3)),
        ("unused", lambda i, o: up()(o, i)),
        ("tolerance", up(momentum=0.19)),
        ("tolerance", up(eps=1e-3)),
        ("tolerance", up(eps=1e-4)),
        ("tolerance", up(momentum=0.25)),
        ("easy inputs", up(affine=False)),
        ("easy inputs", up(track_running_stats=False)),
        ("easy inputs", up(active=nn.ReLU6)),
        ("easy inputs", up(active=lambda: nn.Hardtanh(0, 3))),
        ("easy inputs", up(active=lambda: nn.LeakyReLU(0.01))),
        ("easy inputs", up(active=nn.Softplus)),
        ("easy inputs", up(active=nn.GELU)),
        ("easy inputs", lambda i, o: nn.Sequential(*up()(i, o), nn.Dropout(0.01))),
        ("easy inputs", lambda i, o: nn.Sequential(convolution(i, o), nn.InstanceNorm2d(o, momentum=0.2), nn.ReLU())),
        ("easy inputs", TwiceNormalised),
        ("mutant", up(momentum=None)),
        ("mutant", up(eps=0.8)),
        ("mutant", up(momentum=0.8)),
        ("mutant", upsampled),
        ("mutant", lambda i, o: nn.Sequential(convolution(i, o, dilation=2), norm(o), nn.ReLU())),
        ("mutant", lambda i, o: nn.Sequential(convolution(i, o, output_padding=1), norm(o), nn.ReLU())),
        ("mutant", lambda i, o: nn.Sequential(convolution(i, o), nn.ReLU(), norm(o))),
    ],
}
