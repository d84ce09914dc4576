"""Small generators whose pictures are known: what the widget tests and their notebooks move instead of trained ones."""

import torch
from torch import nn


class Blob(nn.Module):
    """Draw a bright spot on black: z[0] moves it right, z[1] down, z[2] makes it larger; the other z do nothing.

    z: (N, z_dim) -> (N, 1, size, size) in [-1, 1]. With `classes`, G(z, y) draws y + 1 spots side by side.
    """

    def __init__(self, z_dim: int = 8, size: int = 32, classes: int = 0):
        super().__init__()
        self.z_dim, self.size = z_dim, size
        if classes:
            self.classes = classes
        self.step = nn.Parameter(torch.tensor(0.12))
        self.dropout = nn.Dropout(0.5)

    def forward(self, z: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        places = torch.linspace(-1, 1, self.size, device=z.device)
        middle = self.step * z[:, :2, None]
        width = 0.25 * (0.15 * z[:, 2, None, None]).exp()
        across = places - middle[:, 0:1]
        if y is not None:
            period = 2.0 / (y[:, None, None] + 1)
            across = torch.remainder(across + 1, period) - period / 2
        squares = across.square() + (places[:, None] - middle[:, 1:2].transpose(1, 2)).square()
        return self.dropout(2 * torch.exp(-squares / width.square()) - 1)[:, None]


class Linear(nn.Module):
    """Map z to pixels by one matrix, whose singular vectors are the principal directions."""

    def __init__(self, matrix: torch.Tensor, shape: tuple[int, int, int]):
        super().__init__()
        self.matrix, self.shape, self.z_dim = nn.Parameter(matrix), shape, matrix.shape[0]

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return (z @ self.matrix).unflatten(1, self.shape)
