"""Training of a conditional GAN: G and D are both told the label y (Mirza and Osindero 2014)."""

from __future__ import annotations

import torch
from torch import nn

from ganlib.data.dataset import Dataset
from ganlib.models.generate import ConditionalGenerator
from ganlib.train.training import Training


class ConditionalTraining(Training):
    """A GAN's training in which both players know the label: G(z, y) draws, D(x, y) judges.

    The game is Mirza and Osindero's (2014, eq. 2): for each y the usual one, against the data of this y. In D's step a
    real image and its label are drawn, and G draws another for the same label; in G's step each label is asked for
    equally often, or with `reuse` as often as it comes in the data.

    G, D: networks of (z, y) and (x, y), with `G.classes`, or `G.groups`.  data: images with labels below it.
    settings: as for `Training`.

    Raises:
        ValueError: if the data have no labels, or other ones than G knows.
    """

    def __init__(self, G: ConditionalGenerator, D: nn.Module, data: Dataset, **settings):
        self.known = G.classes or G.groups
        if data.labels is None or not 0 <= int(data.labels.min()) <= int(data.labels.max()) < self.known:
            found = "none" if data.labels is None else f"{int(data.labels.min())} to {int(data.labels.max())}"
            raise ValueError(
                f"G is made for labels from 0 to {self.known - 1}, and the labels of the data are: {found}"
            )
        super().__init__(G, D, data, **settings)

    def draw(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw a batch of real images and their labels: (N, C, H, W), (N,)."""
        chosen = torch.randint(len(self.data), (self.batch_size,), generator=self.generator, device=self.device)
        chosen = chosen[self.share]
        assert self.data.labels is not None  # __init__ has seen to it
        return self.data.images[chosen], self.data.labels[chosen]

    def ask(self) -> torch.Tensor:
        """Draw the labels that G is asked for in its own step: (N,), each class equally likely."""
        asked = torch.randint(self.known, (self.batch_size,), generator=self.generator, device=self.device)
        return asked[self.share]
