"""A recurrent network that reads an image pixel by pixel."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

NEIGHBOURS = ((0, -1), (-1, -1), (-1, 0), (-1, 1))  # rows and columns away: left, and the three above


class PixelRNN(nn.Module):
    """Run an LSTM along the rows, from the top left corner: x (N, 1, H, W) -> (N, outputs, H, W).

    At each pixel it reads the four neighbours that come before it, and remembers the rest (after van den Oord et al.
    2016, PixelRNN; there the memory also runs down the columns, which costs more).
    """

    def __init__(self, *, hidden: int = 96, outputs: int = 1):
        super().__init__()
        self.lstm = nn.LSTM(len(NEIGHBOURS), hidden, batch_first=True)
        self.last = nn.Linear(hidden, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        height, width = x.shape[-2:]
        padded = F.pad(x, (1, 1, 1, 0))
        seen = [padded[:, 0, 1 + i : 1 + i + height, 1 + j : 1 + j + width] for i, j in NEIGHBOURS]
        states, _ = self.lstm(torch.stack(seen, dim=-1).flatten(1, 2))  # (N, HW, hidden)
        return self.last(states).transpose(1, 2).unflatten(2, (height, width))
