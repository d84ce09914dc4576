"""A recurrent network that reads an image pixel by pixel."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

ABOVE = ((-1, -1), (-1, 0), (-1, 1))  # rows and columns away


class PixelRNN(nn.Module):
    """Run an LSTM along the rows, from the top left corner: x (N, 1, H, W) -> (N, outputs, H, W).

    At each pixel it reads the one before it and the three above, and remembers the rest (after van den Oord et al.
    2016, PixelRNN; there the memory also runs down the columns, which costs more).
    """

    def __init__(self, *, hidden: int = 96, outputs: int = 1):
        super().__init__()
        self.lstm = nn.LSTM(1 + len(ABOVE), hidden, batch_first=True)
        self.last = nn.Linear(hidden, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        height, width = x.shape[-2:]
        before = F.pad(x.flatten(1), (1, 0))[:, :-1].unflatten(1, (height, width))  # in reading order
        padded = F.pad(x, (1, 1, 1, 0))
        seen = [before, *(padded[:, 0, 1 + i : 1 + i + height, 1 + j : 1 + j + width] for i, j in ABOVE)]
        states, _ = self.lstm(torch.stack(seen, dim=-1).flatten(1, 2))  # (N, HW, hidden)
        return self.last(states).transpose(1, 2).unflatten(2, (height, width))
