"""Adversarially learned inference: encoder and generator against one discriminator of pairs."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import torch
from torch.nn.functional import softplus

from ganlib.data.dataset import Dataset
from ganlib.models.bigan import BiGAN, PairDiscriminator
from ganlib.models.modes import frozen, ready_afterwards
from ganlib.progress_line import Watch
from ganlib.threads import steadied
from ganlib.train.checkpoint import Parts
from ganlib.train.schedules import Schedule, constant
from ganlib.train.training import Step


class BiGANTraining:
    """Train D to tell (x, E(x)), x real, from (G(z), z), z ~ N(0, I), and E and G so that it cannot.

    Where both kinds of pairs have the same distribution, E and G are each other's inverse (Donahue et al. 2017,
    theorem 2). E and G learn in one step, from D's opinions of both kinds of pairs (Dumoulin et al. 2017, algorithm 1);
    nothing compares x with G(E(x)).
    gamma: weight of the penalty on D's squared slope with respect to real pictures (Mescheder et al. 2018, R1).
    ema: share of the averaged weights kept each step.

    Raises:
        ValueError: if batch_size is below 1, or gamma is negative.
    """

    KEPT = Parts(("model", "D", "best"), ("opt_EG", "opt_D"), ("number", "lr"))
    streams = ()  # no layer draws by chance

    def __init__(
        self,
        model: BiGAN,
        D: PairDiscriminator,
        data: Dataset,
        *,
        batch_size: int = 64,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.5, 0.99),  # little momentum: the opponent moves (Radford et al. 2016)
        gamma: float = 3.0,
        schedule: Schedule = constant,
        ema: float = 0.995,
        seed: int = 0,
    ):
        if batch_size < 1 or gamma < 0:
            raise ValueError(f"need batch_size >= 1 and gamma >= 0, not {batch_size} and {gamma}")
        self.device = data.images.device
        self.model, self.D, self.data = model.to(self.device), D.to(self.device), data
        self.batch_size, self.lr, self.gamma, self.schedule, self.ema = batch_size, lr, gamma, schedule, ema
        self.opt_EG = torch.optim.Adam(model.parameters(), lr=lr, betas=betas, fused=True)
        self.opt_D = torch.optim.Adam(D.parameters(), lr=lr, betas=betas, fused=True)
        self.best = copy.deepcopy(model).eval().requires_grad_(False)
        self.generator = torch.Generator(device=self.device).manual_seed(seed)
        self.number = 0

    def noise(self) -> torch.Tensor:
        """Draw z ~ N(0, I) from this training's own stream: (batch_size, z_dim)."""
        shape = self.batch_size, self.model.z_dim
        return torch.randn(shape, device=self.device, generator=self.generator)

    def step(self) -> Step:
        """Make one step of D, and one of E and G together on fresh pictures and fresh noise."""
        for group in (*self.opt_EG.param_groups, *self.opt_D.param_groups):
            group["lr"] = self.lr * self.schedule(self.number)
        self.model.train()
        self.D.train()
        loss_D, logits_real, logits_fake = self._update_D()
        loss_EG = self._update_EG()
        with torch.no_grad():
            averages: list[torch.Tensor] = [*self.best.parameters()]
            weights: list[torch.Tensor] = [*self.model.parameters()]
            torch._foreach_lerp_(averages, weights, 1 - self.ema)  # pyright: ignore[reportPrivateImportUsage]  no public one
        self.number += 1
        return Step(self.number, loss_D, loss_EG, logits_real, logits_fake)

    def _update_D(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        x, z = self.data.sample(self.batch_size, self.generator), self.noise()
        with torch.no_grad():
            z_real, x_fake = self.model.encode(x), self.model.decode(z)
        x = x.requires_grad_()
        logits_real, logits_fake = self.D(x, z_real), self.D(x_fake, z)
        loss_D = softplus(-logits_real).mean() + softplus(logits_fake).mean()
        total = loss_D
        if self.gamma:
            (slope,) = torch.autograd.grad(logits_real.sum(), x, create_graph=True)
            total = loss_D + self.gamma / 2 * slope.flatten(1).square().sum(1).mean()
        self.opt_D.zero_grad(set_to_none=True)
        total.backward()
        self.opt_D.step()
        return loss_D.detach(), logits_real.detach(), logits_fake.detach()

    def _update_EG(self) -> torch.Tensor:
        x, z = self.data.sample(self.batch_size, self.generator), self.noise()
        with frozen(self.D):
            logits_real, logits_fake = self.D(x, self.model.encode(x)), self.D(self.model.decode(z), z)
            # G wants its pairs taken for E's, and E wants its own taken for G's: the labels change places
            loss_EG = softplus(logits_real).mean() + softplus(-logits_fake).mean()
            self.opt_EG.zero_grad(set_to_none=True)
            loss_EG.backward()
        self.opt_EG.step()
        return loss_EG.detach()

    @steadied
    def run(self, steps: int) -> Iterator[Step]:
        """Make `steps` steps, yielding after each. Leave off at any time: all networks stay usable, in eval mode."""
        with ready_afterwards(self.model, self.D):
            for _ in range(steps):
                yield self.step()

    def finish(self, steps: int, *, watch: Watch = iter) -> BiGAN:
        """Make `steps` steps that nobody looks at and return the averaged model; `watch` may wrap them."""
        for _ in watch(self.run(steps)):
            pass
        return self.best
