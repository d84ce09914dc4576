"""Models of images pixel by pixel: exact likelihood, training, and sampling with or without a cache.

A network maps images x (N, 1, H, W) in [-1, 1] to numbers for every pixel (N, outputs, H, W) that depend on earlier
pixels only; a head (`ganlib.autoregressive.heads`) says which distribution those numbers mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import nn

from ganlib.autoregressive.cache import cache_of
from ganlib.autoregressive.heads import Bernoulli
from ganlib.models.modes import evaluated, ready_afterwards
from ganlib.progress_line import Watch
from ganlib.threads import steadied

CHUNK = 250
Rewrite = Callable[[torch.Tensor], torch.Tensor]  # one picture from another: (N, 1, H, W) -> (N, C, H, W)


def log_likelihood(
    network: nn.Module, x: torch.Tensor, head=Bernoulli, *, context: torch.Tensor | None = None
) -> torch.Tensor:
    """Return log p(pixel | pixels before it) in nats at every pixel: x (N, 1, H, W) -> (N, H, W)."""
    numbers = network(x) if context is None else network(x, context)
    return head.log_prob(numbers, x)


@torch.no_grad()
def nll(
    network: nn.Module,
    x: torch.Tensor,
    head=Bernoulli,
    *,
    look: Rewrite | None = None,
    count: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return -log p(x) of each image in nats, exactly, by the chain rule: x (N, 1, H, W) -> (N,).

    look: makes the context picture from x, for a network that has one.
    count: (H, W), 1 where a pixel counts and 0 where it is known from elsewhere; by default all count.
    """
    with evaluated(network):
        parts = [log_likelihood(network, part, head, context=look and look(part)) for part in x.split(CHUNK)]
    every = torch.cat(parts)
    return -(every if count is None else every * count).sum((1, 2))


def binarise(images: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
    """Return images of -1 (paper) and 1 (ink) only.

    Without a generator, by a threshold at 0. With one, a pixel becomes ink with its grey value as the probability,
    which is how the binarised MNIST of the literature was made (Salakhutdinov and Murray 2008).
    """
    grey = (images + 1) / 2
    level = 0.5 if generator is None else torch.rand(images.shape, generator=generator, device=images.device)
    return torch.where(grey > level, 1.0, -1.0)


def grid_of(shape: tuple[int, int], step: int = 2) -> torch.Tensor:
    """Return (H, W) with 1 at every `step`-th pixel of every `step`-th row, 0 elsewhere: the pixels drawn first."""
    mask = torch.zeros(shape)
    mask[::step, ::step] = 1
    return mask


@dataclass(frozen=True)
class FitStep:
    """One optimiser step: its number from 1, and the batch's mean -log p(x) in nats an image (a tensor)."""

    number: int
    nll: torch.Tensor


@steadied
def fit(
    network: nn.Module,
    images: torch.Tensor,
    steps: int,
    head=Bernoulli,
    *,
    batch_size: int = 32,  # small: with few images, many noisy steps get further than few exact ones
    lr: float = 8e-3,  # the largest at which none of the networks of notebook 02 goes astray
    look: Rewrite | None = None,
    count: torch.Tensor | None = None,
    prepare: Rewrite | None = None,
    seed: int = 0,
) -> Iterator[FitStep]:
    """Minimise -log p(x) by Adam, yielding after each step; the rate rises for a tenth of the steps, then falls to 0.

    Leave off at any time: the network stays usable, in eval mode.
    images: (M, 1, H, W).  look, count: as for `nll`.  prepare: applied to each batch (for instance binarising).
    """
    generator = torch.Generator(device=images.device).manual_seed(seed)
    optimiser = torch.optim.Adam(network.parameters(), lr=lr, betas=(0.9, 0.99), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, total_steps=max(steps, 2), pct_start=0.1)
    with ready_afterwards(network):
        for number in range(1, steps + 1):
            network.train()
            x = images[torch.randint(len(images), (batch_size,), generator=generator, device=images.device)]
            x = x if prepare is None else prepare(x)
            every = log_likelihood(network, x, head, context=look and look(x))
            loss = -(every if count is None else every * count).sum((1, 2)).mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 50.0)  # nats are summed over pixels, so gradients are large
            optimiser.step()
            schedule.step()
            yield FitStep(number, loss.detach())


@dataclass(frozen=True)
class Drawn:
    """Images (N, 1, H, W) in [-1, 1], and for each pixel the log-probability with which it was drawn: (N, H, W)."""

    images: torch.Tensor
    log_probs: torch.Tensor


@torch.no_grad()
def sample(
    network: nn.Module,
    u: torch.Tensor,
    head=Bernoulli,
    *,
    given: torch.Tensor | None = None,
    known: torch.Tensor | None = None,
    context: torch.Tensor | None = None,
    cached: bool = True,
    watch: Watch = iter,
) -> Drawn:
    """Draw images pixel by pixel in reading order, each from its uniform number in u (N, H, W).

    given, known: images (N, 1, H, W) and a mask (H, W) or (N, H, W) of the pixels to copy from them, not to draw.
    context: (N, C, H, W), for a network that has one.
    cached: keep what was computed for earlier pixels (Ramachandran et al. 2017) instead of one whole pass a pixel.
    watch: may wrap the rows.
    Both ways draw the same images from the same u, but for rounding where u lies within 1e-6 of a probability.

    Raises:
        ValueError: if u is not (N, H, W), or only one of given and known is there.
    """
    if u.ndim != 3 or (given is None) != (known is None):
        raise ValueError("u must be (N, H, W), and `given` and `known` come together: which pixels, and their values")
    n, height, width = u.shape
    x = torch.zeros(n, 1, height, width, dtype=next(network.parameters()).dtype, device=u.device)
    logs = torch.zeros(n, height, width, device=u.device)
    copied = None if known is None else known.to(u.device).bool().expand(n, height, width)
    with evaluated(network):
        memory = cache_of(network, x, context) if cached else None
        for i in watch(range(height)):
            for j in range(width):
                if memory is not None:
                    numbers = memory.numbers(i, j)
                else:
                    numbers = (network(x) if context is None else network(x, context))[:, :, i, j]
                value, log_prob = head.draw(numbers, u[:, i, j])
                if copied is not None and given is not None:
                    value = torch.where(copied[:, i, j], given[:, 0, i, j], value)
                x[:, 0, i, j], logs[:, i, j] = value, log_prob
                if memory is not None:
                    memory.write(i, j, value)
    return Drawn(x, logs)
