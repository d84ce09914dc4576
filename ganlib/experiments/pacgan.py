"""The ring and the grid as Lin et al. 2018 trained them: their networks, their rates, their 400 epochs.

Sizes and rates are those of the paper's section 4.1 and of its authors' public configuration. What differs: the runs of
a setting train side by side as one batched network, and batches are drawn from a run's 100,000 points with replacement.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

import torch
from torch import nn

from ganlib.data.mixtures import GaussianMixture, grid, ring
from ganlib.losses import non_saturating
from ganlib.metrics.modes import SAMPLES, Coverage, coverage
from ganlib.models.generate import Generator
from ganlib.models.modes import evaluated
from ganlib.models.sets import Packed
from ganlib.progress_line import Watch
from ganlib.train.ensemble import summed

MIXTURES = {"ring": ring, "grid": grid}
EPOCHS, BATCH, POINTS = 400, 100, 100_000
RATE, BETAS, SPREAD = 1e-4, (0.8, 0.999), 0.02  # Adam's, and the standard deviation of the first weights


def _weights(members: int, wide_in: int, wide_out: int) -> nn.Parameter:
    return nn.Parameter(SPREAD * torch.randn(members, wide_in, wide_out))


class NormalisedLayer(nn.Module):
    """A hidden layer of S generators: a product, batch normalisation and ReLU: (S, N, in) -> (S, N, out)."""

    mean: torch.Tensor
    variance: torch.Tensor

    def __init__(self, members: int, wide_in: int, wide_out: int, momentum: float = 0.05):
        super().__init__()
        self.weight, self.momentum = _weights(members, wide_in, wide_out), momentum
        self.scale = nn.Parameter(torch.ones(members, 1, wide_out))
        self.shift = nn.Parameter(torch.zeros(members, 1, wide_out))
        self.register_buffer("mean", torch.zeros(members, 1, wide_out))
        self.register_buffer("variance", torch.ones(members, 1, wide_out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.bmm(x, self.weight)
        centre, variance = self.mean, self.variance
        if self.training:
            centre, variance = x.mean(1, keepdim=True), x.var(1, correction=0, keepdim=True)
            with torch.no_grad():
                self.mean.lerp_(centre, self.momentum)
                self.variance.lerp_(variance, self.momentum)
        return torch.relu((x - centre) * torch.rsqrt(variance + 1e-4) * self.scale + self.shift)


class PaperGenerators(Generator):
    """S generators: four normalised layers of `hidden` units, then a linear one: z (S, N, 2) -> points (S, N, 2)."""

    def __init__(self, members: int, hidden: int = 400):
        super().__init__()
        self.members, self.z_dim = members, 2
        self.layers = nn.Sequential(*(NormalisedLayer(members, wide, hidden) for wide in (2, hidden, hidden, hidden)))
        self.weight, self.bias = _weights(members, hidden, 2), nn.Parameter(torch.zeros(members, 1, 2))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return torch.baddbmm(self.bias, self.layers(z), self.weight)


class MaxoutNets(nn.Module):
    """S discriminators: three maxout layers of `hidden` units with five pieces each: (S, N, wide) -> logits (S, N)."""

    def __init__(self, members: int, wide: int, hidden: int = 200, pieces: int = 5):
        super().__init__()
        sizes = [(wide, hidden * pieces), (hidden, hidden * pieces), (hidden, hidden * pieces), (hidden, 1)]
        self.pieces = pieces
        self.weights = nn.ParameterList(_weights(members, *size) for size in sizes)
        self.biases = nn.ParameterList(torch.zeros(members, 1, size[1]) for size in sizes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for weight, bias in zip(self.weights[:-1], self.biases[:-1]):
            x = torch.baddbmm(bias, x, weight).unflatten(-1, (-1, self.pieces)).amax(-1)
        return torch.baddbmm(self.biases[-1], x, self.weights[-1]).squeeze(-1)


@dataclass(frozen=True)
class Setting:
    """One cell of the paper's table 1: "ring" or "grid", and how many samples D sees at a time (1: the plain GAN)."""

    data: str
    packing: int


SETTINGS = tuple(Setting(data, packing) for data in MIXTURES for packing in (1, 2, 3, 4))


class PaperTraining:
    """Train `members` GANs of one setting at once; both players step from the same fakes, as the authors' code does."""

    def __init__(self, setting: Setting, members: int, *, seed: int = 0, device: torch.device | str = "cpu"):
        self.mixture: GaussianMixture = MIXTURES[setting.data]()
        self.setting, self.members, self.device = setting, members, torch.device(device)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            self.G = PaperGenerators(members).to(device)
            self.D = Packed(MaxoutNets(members, 2 * setting.packing), setting.packing).to(device)
        self.generator = torch.Generator(self.device).manual_seed(seed)
        drawn = torch.Generator().manual_seed(seed)
        self.points = self.mixture.sample(members, POINTS, generator=drawn).to(device)
        self.opt_G = torch.optim.Adam(self.G.parameters(), lr=RATE, betas=BETAS, fused=True)
        self.opt_D = torch.optim.Adam(self.D.parameters(), lr=RATE, betas=BETAS, fused=True)
        self.loss = summed(non_saturating, members)

    def step(self, x_real: torch.Tensor) -> None:
        """Make one step of both players: x_real (S, BATCH * packing, 2)."""
        z = torch.randn(*x_real.shape[:2], 2, generator=self.generator, device=self.device)
        x_fake = self.G(z)
        D = list(self.D.parameters())
        loss_D = self.loss.D(self.D(x_real), self.D(x_fake.detach()))
        slopes_D = torch.autograd.grad(loss_D, D)
        G = list(self.G.parameters())
        slopes_G = torch.autograd.grad(self.loss.G(self.D(x_fake)), G)
        for weight, slope in zip(D + G, slopes_D + slopes_G):
            weight.grad = slope
        self.opt_D.step()
        self.opt_G.step()

    def batches(self) -> Iterator[torch.Tensor]:
        """Yield an epoch, POINTS / BATCH batches of BATCH packs: (S, BATCH * packing, 2)."""
        for _ in range(POINTS // BATCH):
            rows = torch.randint(POINTS, (BATCH * self.setting.packing,), generator=self.generator, device=self.device)
            yield self.points[:, rows]

    @torch.no_grad()
    def measure(self) -> list[Coverage]:
        """Measure each run on SAMPLES samples, with the averages of batch normalisation."""
        z = torch.randn(self.members, SAMPLES, 2, generator=self.generator, device=self.device)
        with evaluated(self.G):
            points = self.G(z).cpu()
        return [coverage(one, self.mixture) for one in points]


def seconds_per_step(device: torch.device | str, members: int, steps: int = 5) -> float:
    """Return how long one step of the plain GAN's `members` runs takes here."""
    training = PaperTraining(SETTINGS[0], members, device=device)
    batches = training.batches()
    training.step(next(batches))  # the first one warms up
    started = time.perf_counter()
    for _ in range(steps):
        training.step(next(batches))
    training.measure()  # waits for the device
    return (time.perf_counter() - started) / steps


def run_paper(
    place: Path,
    *,
    epochs: int = EPOCHS,
    members: int = 10,
    device: torch.device | str = "cpu",
    settings: tuple[Setting, ...] = SETTINGS,
    watch: Watch = iter,
) -> Path:
    """Train every setting for `epochs` epochs and write the measures of all runs to `place`/pacgan.json."""
    rows: list[dict] = []
    path = place / "pacgan.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    for setting in settings:
        training = PaperTraining(setting, members, device=device)
        for _ in watch(range(epochs)):
            for x_real in training.batches():
                training.step(x_real)
        for run, one in enumerate(training.measure()):
            rows.append({"data": setting.data, "packing": setting.packing, "run": run, **one.as_dict()})
        facts = {"command": "python -m ganlib collapse --paper pacgan", "epochs": epochs, "torch": torch.__version__}
        path.write_text(json.dumps({**facts, "runs": rows}, indent=1) + "\n")
    return path


def table(rows: list[dict]) -> str:
    """Lay the rows out as the paper's table 1 does: mean and standard error of modes, good samples and reverse KL."""

    def cell(values: list[float]) -> str:
        error = stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")
        return f"{mean(values):.2f} ± {error:.2f}"

    lines = [f"{'':16}{'modes':>16}{'good':>16}{'reverse KL':>16}"]
    for data, packing in dict.fromkeys((row["data"], row["packing"]) for row in rows):
        name = f"{data}, " + ("GAN" if packing == 1 else f"PacGAN{packing}")
        mine = [row for row in rows if (row["data"], row["packing"]) == (data, packing)]
        cells = [cell([row[key] for row in mine]) for key in ("modes", "good", "reverse_kl")]
        lines.append(f"{name:16}" + "".join(f"{one:>16}" for one in cells))
    return "\n".join(lines)
