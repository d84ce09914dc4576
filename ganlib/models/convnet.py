"""A small convolutional classifier, whose features the metrics use."""

from __future__ import annotations

import torch
from torch import nn


class ConvNet(nn.Module):
    """Classify images with three strided convolutions and a layer of features.

    x: (N, C, H, W) -> logits: (N, classes).  `features(x)`: (N, width_features).
    """

    def __init__(self, channels: int = 1, classes: int = 10, *, width: int = 24, width_features: int = 64):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.Conv2d(2 * width, 4 * width, 3, stride=2, padding=1),
            nn.BatchNorm2d(4 * width),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
            nn.Linear(16 * 4 * width, width_features),
        )
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(width_features, classes))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x))
