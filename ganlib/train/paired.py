"""From picture to picture: a GAN whose D judges pairs, and whose G also has targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from ganlib.data.dataset import Dataset
from ganlib.train.training import Step, Training
from ganlib.train.updates import frozen

Distance = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class PairedStep(Step):
    """A `Step` whose loss_G is the GAN's part alone.  distance: of the fakes from their targets, without its weight."""

    distance: torch.Tensor


class Nobody(nn.Module):
    """A discriminator that has no opinion: with it, the training is plain regression."""

    def __init__(self):
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))  # an optimiser wants something to look after

    def forward(self, x: torch.Tensor, condition: torch.Tensor | None = None) -> torch.Tensor:
        return x.new_zeros(len(x))


class PairedTraining(Training):
    """Train G to turn conditions into their pictures (Isola et al. 2017, eq. 4), in the manner of `Training`.

    G: condition -> x_fake (N, C, H, W).  D: (x, condition) -> logits of any shape, such as `PatchDiscriminator`'s;
    None for no discriminator: G then only learns to be near its targets.
    conditions: one for each picture of `data`, in its order; by default its segments.
    G minimises loss.G + weight * distance(x_fake, x_real); weight 0 leaves the GAN alone.
    Both players take one step on the same batch, whose fakes G draws once. There is no noise: what differs between two
    pictures of one condition, G cannot know (Isola et al. found that it ignores noise when it is given some).

    Raises:
        ValueError: if there are no conditions, or not one for each picture, or the weight is negative.
    """

    def __init__(
        self,
        G: nn.Module,
        D: nn.Module | None,
        data: Dataset,
        conditions: torch.Tensor | None = None,
        *,
        distance: Distance = F.l1_loss,  # leaves edges sharper than the squared distance (Isola et al. 2017)
        weight: float = 100.0,
        batch_size: int = 16,
        **arguments,
    ):
        conditions = data.segments if conditions is None else conditions
        if conditions is None:
            raise ValueError(f"{data.name} has no segments: give the conditions, one for each picture")
        if len(conditions) != len(data):
            raise ValueError(f"there are {len(conditions)} conditions for {len(data)} pictures")
        if weight < 0:
            raise ValueError(f"weight must not be negative, and {weight} is")
        if unknown := {"D_steps", "half", "one_pass", "reuse"} & arguments.keys():
            raise TypeError(f"{', '.join(sorted(unknown))}: not for paired training, whose round is one batch for both")
        super().__init__(G, Nobody() if D is None else D, data, batch_size=batch_size, **arguments)
        self.conditions = conditions.to(self.device)
        self.distance, self.weight = distance, weight

    def pairs(self, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw n pairs from this training's own stream: conditions (n, …) and their pictures (n, C, H, W)."""
        which = torch.randint(len(self.data), (n,), generator=self.generator, device=self.device)[self.share]
        return self.conditions[which], self.data.images[which]

    def step(self) -> PairedStep:
        """Make one round on one batch: a step of D, then one of G."""
        self._set_rates()
        self.G.train()
        self.D.train()
        condition, x_real = self.pairs(self.batch_size)
        with self._own_streams():
            x_fake = self.G(condition)
            loss_D, logits_real, logits_fake = self._update_D(x_real, x_fake.detach(), condition)
            loss_G, distance = self._update_G(x_real, x_fake, condition)
        self._average()
        self.number += 1
        return PairedStep(self.number, loss_D, loss_G, logits_real, logits_fake, distance)

    def _update_D(self, x_real, x_fake, condition):
        logits_real, logits_fake = self.D(x_real, condition), self.D(x_fake, condition)
        loss_D = self.loss.D(logits_real, logits_fake)
        if not isinstance(self.D, Nobody):
            total = loss_D
            if self.penalty is not None:
                total = loss_D + self.penalty(lambda x: self.D(x, condition), x_real, x_fake)
            self._descend(total, self.D, self.opt_D)
        return loss_D.detach(), logits_real.detach(), logits_fake.detach()

    def _update_G(self, x_real, x_fake, condition):
        with frozen(self.D):
            loss_G, distance = self.loss.G(self.D(x_fake, condition)), self.distance(x_fake, x_real)
            self._descend(loss_G + self.weight * distance, self.G, self.opt_G)
        return loss_G.detach(), distance.detach()

    def _descend(self, loss: torch.Tensor, network: nn.Module, optimiser: torch.optim.Optimizer) -> None:
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if self.clip is not None:
            nn.utils.clip_grad_norm_(network.parameters(), self.clip)
        optimiser.step()
