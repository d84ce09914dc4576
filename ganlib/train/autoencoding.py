"""An autoencoder's or a VAE's training: one network pair, one objective, the same manner as a GAN's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import nn

from ganlib.data.dataset import Dataset
from ganlib.models.autoencoder import MLPAutoencoder
from ganlib.models.modes import ready_afterwards
from ganlib.models.vae import VAE
from ganlib.progress_line import Watch
from ganlib.threads import steadied
from ganlib.train.checkpoint import Parts
from ganlib.train.schedules import Schedule, constant

Model = TypeVar("Model", bound=VAE | MLPAutoencoder)


@dataclass(frozen=True)
class ELBOStep:
    """What one step left behind: means over the batch, in nats a picture, on the device, before the weights moved.

    number: steps done, from 1.  loss: -(reconstruction - beta * kl).
    reconstruction: log p(x|z) (for a plain autoencoder minus the squared error).  kl: KL(q(z|x) || p(z)), or 0.
    """

    number: int
    loss: torch.Tensor
    reconstruction: torch.Tensor
    kl: torch.Tensor

    @property
    def elbo(self) -> float:
        """The evidence lower bound, whatever beta was."""
        return float(self.reconstruction - self.kl)


class ELBOTraining(Generic[Model]):
    """Raise reconstruction - beta * KL by gradient ascent with Adam (Kingma and Welling 2014, algorithm 1).

    model: has `terms(x, generator) -> elbo.Terms`, as `VAE` and `MLPAutoencoder` have.
    beta: the weight of the KL (Higgins et al. 2017); 1 is the ELBO. warm_up: steps over which it rises from 0, so that
    the decoder learns to use z before z becomes costly (Bowman et al. 2016).
    clip: largest norm of the gradient.  The order of pictures and the noise come from a stream of its own.
    beta, lr and schedule may be changed between steps.

    Raises:
        ValueError: if batch_size is below 1, or beta or warm_up is negative.
    """

    KEPT = Parts(("model",), ("optimiser",), ("number", "lr", "beta"))
    streams = ()  # no layer draws by chance

    def __init__(
        self,
        model: Model,
        data: Dataset,
        *,
        beta: float = 1.0,
        warm_up: int = 0,
        batch_size: int = 64,
        lr: float = 1e-3,
        schedule: Schedule = constant,
        clip: float | None = None,
        seed: int = 0,
    ):
        if batch_size < 1 or beta < 0 or warm_up < 0:
            raise ValueError(f"need batch_size >= 1, beta and warm_up >= 0, not {batch_size}, {beta} and {warm_up}")
        self.device = data.images.device
        self.model, self.data = model.to(self.device), data
        self.beta, self.warm_up, self.batch_size = beta, warm_up, batch_size
        self.lr, self.schedule, self.clip = lr, schedule, clip
        learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self.optimiser = torch.optim.Adam(learned, lr=lr, fused=True)  # one pass over the weights a step
        self.generator = torch.Generator(device=self.device).manual_seed(seed)
        self.number = 0

    @property
    def beta_now(self) -> float:
        """The weight of the KL in the next step."""
        return self.beta * min(1.0, (self.number + 1) / self.warm_up) if self.warm_up else self.beta

    def step(self) -> ELBOStep:
        """Make one step on one batch."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.lr * self.schedule(self.number)
        self.model.train()
        terms = self.model.terms(self.data.sample(self.batch_size, self.generator), self.generator)
        loss = -terms.elbo(self.beta_now).mean()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if self.clip is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimiser.step()
        self.number += 1
        return ELBOStep(self.number, loss.detach(), terms.reconstruction.detach().mean(), terms.kl.detach().mean())

    @steadied
    def run(self, steps: int) -> Iterator[ELBOStep]:
        """Make `steps` steps, yielding after each. Leave off at any time: the model stays usable, in eval mode."""
        with ready_afterwards(self.model):
            for _ in range(steps):
                yield self.step()

    def finish(self, steps: int, *, watch: Watch = iter) -> Model:
        """Make `steps` steps that nobody looks at and return the model; `watch` may wrap them."""
        for _ in watch(self.run(steps)):
            pass
        return self.model
