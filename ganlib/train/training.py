"""A GAN's training as an object that can be stepped, paused, saved and gone on with."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from ganlib.data.dataset import Dataset
from ganlib.losses import GANLoss, non_saturating
from ganlib.models.generate import Generator
from ganlib.models.modes import ready_afterwards
from ganlib.models.sets import MinibatchDiscrimination, MinibatchStd, Packed
from ganlib.threads import steadied
from ganlib.train.checkpoint import Parts
from ganlib.train.schedules import Schedule, constant
from ganlib.train.updates import Penalty, at_least_float32, learn_D, learn_G, rounding, told

ACROSS_BATCH = nn.modules.batchnorm._BatchNorm, MinibatchDiscrimination, MinibatchStd, Packed


@dataclass(frozen=True)
class Step:
    """What one round of both players left behind: tensors on the device, read only when somebody looks.

    number: rounds done, from 1.  loss_D, loss_G: scalars.  logits_real, logits_fake: (N,), D's last.
    """

    number: int
    loss_D: torch.Tensor
    loss_G: torch.Tensor
    logits_real: torch.Tensor
    logits_fake: torch.Tensor

    @property
    def accuracy_D(self) -> float:
        """The share of the batch that D told apart rightly (before its step)."""
        right = (self.logits_real > 0).float().mean() + (self.logits_fake < 0).float().mean()
        return float(right / 2)


class Training:
    """Two networks, their optimisers, the data and the random stream of one GAN's training.

    The order of a round is that of Goodfellow et al. 2014, algorithm 1: D_steps times noise and data for D,
    then fresh noise for G (with `reuse` D's last fakes, which saves a pass through G). Two trainings with the same
    arguments on one machine end with the same weights, on one number of CPU threads (`ganlib.threads`).

    lr_G, lr_D, D_steps and schedule may be changed between steps.
    """

    Step = Step  # what `step` returns
    KEPT = Parts(("G", "D", "G_ema"), ("opt_G", "opt_D"), ("number", "lr_G", "lr_D", "D_steps"))

    def __init__(
        self,
        G: Generator,
        D: nn.Module,
        data: Dataset,
        *,
        loss: GANLoss = non_saturating,
        batch_size: int = 64,
        lr_G: float = 1e-3,
        lr_D: float = 1e-3,
        betas: tuple[float, float] = (0.5, 0.99),  # little momentum: the opponent moves (Radford et al. 2016)
        schedule: Schedule = constant,
        D_steps: int = 1,
        penalty: Penalty | None = None,
        penalty_every: int = 1,  # charged in every k-th round, k times as much (Karras et al. 2020, appendix B)
        clip: float | None = None,
        half: bool = False,  # compute in bfloat16: products take half the time where the hardware has it
        one_pass: bool = False,  # D judges real and fake images together; not if a layer of D looks across the batch
        reuse: bool = False,  # G learns on the fakes that D has just judged instead of on fresh ones
        ema: float | None = None,  # share of G_ema kept each step: an average over 1/(1-ema) steps
        seed: int = 0,
    ):
        if min(batch_size, D_steps, penalty_every) < 1:
            counts = f"{batch_size}, {D_steps} and {penalty_every}"
            raise ValueError(f"batch_size, D_steps and penalty_every must be at least 1, not {counts}")
        if ema is not None and not 0 <= ema < 1:
            raise ValueError(f"ema must lie in [0, 1) or be None, not {ema}")
        if one_pass and any(isinstance(layer, ACROSS_BATCH) for layer in D.modules()):
            raise ValueError("one_pass would mix real and fake images in a layer of D that looks across the batch")
        self.device = data.images.device
        self.G, self.D, self.data, self.loss = G, D, data, loss
        for network in self.networks:
            network.to(self.device)
        self.batch_size, self.D_steps, self.schedule = batch_size, D_steps, schedule
        self.lr_G, self.lr_D, self.penalty, self.clip, self.ema = lr_G, lr_D, penalty, clip, ema
        self.half, self.one_pass, self.reuse, self.penalty_every = half, one_pass, reuse, penalty_every
        # fused: one pass over the weights a step
        self.opt_G = torch.optim.Adam(G.parameters(), lr=lr_G, betas=betas, fused=True)
        weights_D = [] if D is None else list(D.parameters())
        self.opt_D = torch.optim.Adam([{"params": weights_D}], lr=lr_D, betas=betas, fused=True)
        self.G_ema = copy.deepcopy(G).eval().requires_grad_(False) if ema is not None else None
        self.number = 0
        self.share = slice(None)  # which part of each batch is this process's (ganlib.train.parallel)
        self.generator = torch.Generator(device=self.device).manual_seed(seed)
        with torch.random.fork_rng(devices=self._cuda()):
            torch.manual_seed(seed)
            self.streams = self._read_streams()

    @property
    def networks(self) -> list[nn.Module]:
        """The players: both, or G alone in a training without a D."""
        return [network for network in (self.G, self.D) if network is not None]

    def noise(self, n: int) -> torch.Tensor:
        """Draw z ~ N(0, I) from this training's own stream: (n, z_dim)."""
        return torch.randn(n, self.G.z_dim, device=self.device, generator=self.generator)[self.share]

    def draw(self) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Draw a batch of real images, (N, C, H, W), and what both players are told of them: nothing here."""
        return self.data.sample(self.batch_size, self.generator)[self.share], None

    def ask(self) -> torch.Tensor | None:
        """Draw what both players are told in G's own step: nothing here."""
        return None

    def step(self) -> Step:
        """Make one round: D_steps steps of D, one of G."""
        self._set_rates()
        for network in self.networks:
            network.train()
        with self._own_streams():
            found = self._round()
        self._average()
        self.number += 1
        return self.Step(self.number, **found)

    def _round(self) -> dict[str, torch.Tensor]:
        """Let both players learn; returns what a `Step` tells."""
        for _ in range(self.D_steps):
            x_real, y = self.draw()
            with torch.set_grad_enabled(self.reuse):
                x_fake = self._fakes(self._inputs(y))
            found = self._step_D(x_real, x_fake.detach(), y)
        y = y if self.reuse else self.ask()
        inputs = self._inputs(y)  # drawn with `reuse` too: the batches that follow are then those without it
        if not self.reuse:
            x_fake = self._fakes(inputs)
        return {**found, **self._step_G(x_real, x_fake, y)}

    def _inputs(self, y: torch.Tensor | None) -> tuple[torch.Tensor, ...]:
        """Return what G draws from."""
        z = self.noise(self.batch_size)
        return (z,) if y is None else (z, y)

    def _fakes(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        with rounding(self.device, self.half):
            return at_least_float32(self.G(*inputs))

    def _step_D(self, x_real: torch.Tensor, x_fake: torch.Tensor, y: torch.Tensor | None) -> dict[str, torch.Tensor]:
        loss_D, logits_real, logits_fake = learn_D(
            told(self.D, y),
            self.opt_D,
            x_real,
            x_fake,
            self.loss,
            penalty=self._due_penalty(),
            clip=self.clip,
            one_pass=self.one_pass,
            half=self.half,
        )
        return {"loss_D": loss_D, "logits_real": logits_real, "logits_fake": logits_fake}

    def _step_G(self, x_real: torch.Tensor, x_fake: torch.Tensor, y: torch.Tensor | None) -> dict[str, torch.Tensor]:
        D = told(self.D, y)
        return {"loss_G": learn_G(self.G, D, self.opt_G, x_fake, self.loss, clip=self.clip, half=self.half)}

    @steadied
    def run(self, steps: int) -> Iterator[Step]:
        """Make `steps` rounds, yielding after each. Leave off at any time: the networks stay usable, in eval mode."""
        with ready_afterwards(*self.networks):
            for _ in range(steps):
                yield self.step()

    @property
    def best_G(self) -> Generator:
        """The generator to sample from: the running average if there is one."""
        return self.G if self.G_ema is None else self.G_ema

    def _due_penalty(self) -> Penalty | None:
        """Return what D is charged in this round: a gradient of a gradient is dear, now and then is nearly as good."""
        penalty = self.penalty
        if penalty is None or self.number % self.penalty_every:
            return None
        return lambda D, x_real, x_fake: self.penalty_every * penalty(D, x_real, x_fake)

    def _set_rates(self) -> None:
        factor = self.schedule(self.number)
        for optimiser, rate in ((self.opt_G, self.lr_G), (self.opt_D, self.lr_D)):
            for group in optimiser.param_groups:
                group["lr"] = rate * factor

    @torch.no_grad()
    def _average(self) -> None:
        """Move G_ema towards G; buffers (batch statistics) are copied."""
        if self.G_ema is None or self.ema is None:
            return
        averages: list[torch.Tensor] = [*self.G_ema.parameters()]
        weights: list[torch.Tensor] = [*self.G.parameters()]
        torch._foreach_lerp_(averages, weights, 1 - self.ema)  # pyright: ignore[reportPrivateImportUsage]  no public one
        for average, now in zip(self.G_ema.buffers(), self.G.buffers()):
            average.copy_(now)

    def _cuda(self) -> list:
        return [self.device] if self.device.type == "cuda" else []

    def _read_streams(self) -> list[torch.Tensor]:
        return [torch.get_rng_state(), *(torch.cuda.get_rng_state(device) for device in self._cuda())]

    def _write_streams(self, streams: list[torch.Tensor]) -> None:
        torch.set_rng_state(streams[0])
        for device, state in zip(self._cuda(), streams[1:]):
            torch.cuda.set_rng_state(state, device)

    @contextmanager
    def _own_streams(self) -> Iterator[None]:
        """Let dropout draw from this training's stream, and give the caller's back."""
        outer = self._read_streams()
        self._write_streams(self.streams)
        try:
            yield
        finally:
            self.streams = self._read_streams()
            self._write_streams(outer)
