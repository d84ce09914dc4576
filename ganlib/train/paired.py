"""From picture to picture: a GAN whose D judges pairs, and whose G also has targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import nn

from ganlib.data.dataset import Dataset
from ganlib.models.generate import Generator
from ganlib.train.training import Step, Training
from ganlib.train.updates import descend, learn_G, told

Distance = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class PairedStep(Step):
    """A `Step` whose loss_G is the GAN's part alone.  distance: of the fakes from their targets, without its weight."""

    distance: torch.Tensor


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

    Step = PairedStep

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
        # what `Training` needs for its own rounds: here G is given no noise, and D may be missing
        players = cast("Generator", G), cast("nn.Module", D)
        super().__init__(*players, data, batch_size=batch_size, reuse=True, **arguments)
        self.conditions = conditions.to(self.device)
        self.distance, self.weight = distance, weight

    def pairs(self, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw n pairs from this training's own stream: conditions (n, …) and their pictures (n, C, H, W)."""
        which = torch.randint(len(self.data), (n,), generator=self.generator, device=self.device)[self.share]
        return self.conditions[which], self.data.images[which]

    def draw(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw a batch of pictures and their conditions: (N, C, H, W), (N, …)."""
        condition, x_real = self.pairs(self.batch_size)
        return x_real, condition

    def _inputs(self, y: torch.Tensor) -> tuple[torch.Tensor]:
        return (y,)

    def _step_G(self, x_real: torch.Tensor, x_fake: torch.Tensor, y: torch.Tensor) -> dict[str, torch.Tensor]:
        distance = self.distance(x_fake, x_real)
        loss_G = learn_G(
            self.G, told(self.D, y), self.opt_G, x_fake, self.loss, clip=self.clip, further=self.weight * distance
        )
        return {"loss_G": loss_G, "distance": distance.detach()}

    def _round(self) -> dict[str, torch.Tensor]:
        return super()._round() if self.D is not None else self._regress()

    def _regress(self) -> dict[str, torch.Tensor]:
        """Bring G nearer to its targets; there is no game, whose losses and logits are 0."""
        x_real, condition = self.draw()
        distance = self.distance(self.G(condition), x_real)
        descend(self.weight * distance, self.G, self.opt_G, self.clip)
        none = x_real.new_zeros(len(x_real))
        game = {"loss_D": none.sum(), "loss_G": none.sum(), "logits_real": none, "logits_fake": none}
        return {**game, "distance": distance.detach()}
