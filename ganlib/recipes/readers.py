"""The three readers on whose verdicts the metrics stand: of digits, of faces' attributes, and of a face's parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from operator import attrgetter

import torch
import torch.nn.functional as F
from torch import nn

from ganlib import data as datasets
from ganlib.data import Dataset
from ganlib.data.sketch_faces import PARTS
from ganlib.metrics import attributes, classify, mean_confidence
from ganlib.models import ConvNet, UNet
from ganlib.models.modes import ready_afterwards
from ganlib.recipes.pix2pix import PICTURES, SIZE, found_again, held_out
from ganlib.recipes.recipe import Loop, Recipe
from ganlib.threads import steadied

DIGITS = {"channels": 1, "classes": 10, "width": 24, "width_features": 64}
ATTRIBUTES = {"channels": 3, "classes": len(attributes.NAMES), "width": 16, "width_features": 64}
FACES = 8000  # drawn for the reader of attributes
FACE_PARTS = {"in_channels": 3, "out_channels": len(PARTS), "channels": [16, 32, 64], "tanh": False}
BATCH = 128  # of the two classifiers


@dataclass(frozen=True)
class LearnStep:
    """One optimiser step: its number from 1, and the batch's loss (a tensor)."""

    number: int
    loss: torch.Tensor


@steadied
def learn(
    network: nn.Module,
    steps: int,
    loss_of_batch: Callable[[torch.Generator], torch.Tensor],
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    *,
    seed: int,
) -> Iterator[LearnStep]:
    """Lower a network's loss, yielding after each step. Leave off at any time: it stays usable, in eval mode.

    loss_of_batch: (random stream) -> the loss of a batch drawn from it, a scalar.
    """
    generator = torch.Generator(device=next(network.parameters()).device).manual_seed(seed)
    with ready_afterwards(network):
        for number in range(1, steps + 1):
            network.train()
            loss = loss_of_batch(generator)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            yield LearnStep(number, loss.detach())


def seeded(build: Callable[[], nn.Module], data: Dataset, seed: int) -> nn.Module:
    """Return a network on the data's device, with first weights that depend on the seed alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return build().to(data.images.device)


def one_cycle(network: nn.Module, lr: float, steps: int) -> tuple:
    """Return AdamW and a rate that rises to `lr` and falls to 0 (Smith and Topin 2019)."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=lr, weight_decay=0.05)
    return optimiser, torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, total_steps=max(steps, 2))


def digits_classifier(data: Dataset, *, seed: int, steps: int) -> Loop:
    """Return the training of a `ConvNet` on digits, which teaches it doubt too.

    Up to 12 % of an image's pixels are flipped in half of the images: a person reads through that without effort.
    Half as many non-digits as digits are in each batch (noise, digits with their blocks shuffled, averages of two
    digits), with all classes equally likely as their target (Hendrycks et al. 2019, outlier exposure). Without them
    a classifier is certain of anything, and mean confidence says nothing about samples.
    """
    classifier = seeded(lambda: ConvNet(**DIGITS), data, seed)
    data = datasets.augmented(data, 12, seed=seed)
    labels = data.labels
    assert labels is not None  # the digits have them

    def loss_of_batch(generator: torch.Generator) -> torch.Tensor:
        index = torch.randint(len(data), (BATCH,), generator=generator, device=data.images.device)
        x, y = data.images[index], labels[index]
        images = torch.cat([x, non_digits(x[: BATCH // 2], generator)])
        logits = classifier(disturbed(images, generator))
        return F.cross_entropy(logits[:BATCH], y) - 0.5 * logits[BATCH:].log_softmax(1).mean()

    optimiser, schedule = one_cycle(classifier, 2e-3, steps)
    return Loop(classifier, lambda steps: learn(classifier, steps, loss_of_batch, optimiser, schedule, seed=seed))


def face_attributes(data: Dataset, *, seed: int, steps: int) -> Loop:
    """Return the training of a `ConvNet` with one yes-or-no output an attribute, on sketch faces.

    Half of the pictures are disturbed (noise, or a blur), because it will have to read what generators draw.
    """
    reader = seeded(lambda: ConvNet(**ATTRIBUTES), data, seed)
    wanted = attributes.targets(data).float()

    def loss_of_batch(generator: torch.Generator) -> torch.Tensor:
        index = torch.randint(len(data), (BATCH,), generator=generator, device=data.images.device)
        logits = reader(noisy_or_soft(data.images[index], generator))
        return F.binary_cross_entropy_with_logits(logits, wanted[index])

    optimiser, schedule = one_cycle(reader, 3e-3, steps)
    return Loop(reader, lambda steps: learn(reader, steps, loss_of_batch, optimiser, schedule, seed=seed))


def face_parts(data: Dataset, *, seed: int, steps: int) -> Loop:
    """Return the training of a U-Net that says which part each pixel of a drawn face shows."""
    reader, segments = seeded(lambda: UNet(**FACE_PARTS), data, seed), data.segments
    assert segments is not None  # sketched faces have them

    def loss_of_batch(generator: torch.Generator) -> torch.Tensor:
        which = torch.randint(len(data), (16,), generator=generator, device=data.images.device)
        return F.cross_entropy(reader(data.images[which]), segments[which].long())

    optimiser = torch.optim.Adam(reader.parameters(), lr=3e-3, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(0.02, 1 - step / steps))
    return Loop(reader, lambda steps: learn(reader, steps, loss_of_batch, optimiser, schedule, seed=seed))


def disturbed(x: torch.Tensor, generator: torch.Generator, most: float = 0.12) -> torch.Tensor:
    """Flip up to the share `most` of the pixels of half of the images, and pale the greys of half of them."""
    amounts = torch.rand(2, len(x), 1, 1, 1, generator=generator, device=x.device).mul(2).sub(1).clamp(min=0)
    flip = torch.rand(x.shape, generator=generator, device=x.device) < most * amounts[0]
    return torch.where(flip, -x, x) * (1 - 0.3 * amounts[1])


def noisy_or_soft(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Add noise to the first quarter of x (N, C, H, W) and blur the second one."""
    noisy, blurred, rest = x.split([len(x) // 4, len(x) // 4, len(x) - 2 * (len(x) // 4)])
    noise = torch.randn(noisy.shape, generator=generator, device=x.device)
    spread = 0.25 * torch.rand(len(noisy), 1, 1, 1, generator=generator, device=x.device)
    soft = F.avg_pool2d(F.pad(blurred, (1, 1, 1, 1), mode="replicate"), 3, 1)
    mixed = torch.rand(len(blurred), 1, 1, 1, generator=generator, device=x.device)
    return torch.cat([noisy + spread * noise, blurred.lerp(soft, mixed), rest])


def non_digits(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Make images that are no digits out of digits x (N, C, H, W), a third each of three kinds."""
    noise, scrambled, mixed = x.chunk(3)
    n, c, height, width = noise.shape
    ink = torch.rand(n, 1, 1, 1, generator=generator, device=x.device)
    coarse = torch.rand(n, c, height // 4, width // 4, generator=generator, device=x.device)
    fine = torch.rand(noise.shape, generator=generator, device=x.device)
    either = torch.where(ink > 0.5, F.interpolate(coarse, size=(height, width), mode="bilinear"), fine)
    noise = torch.where(either < ink, 1.0, -1.0)
    blocks = F.pixel_unshuffle(scrambled, 8).unflatten(1, (c * 64,)).flatten(2)
    order = torch.rand(len(blocks), 1, blocks.shape[2], generator=generator, device=x.device).argsort(2)
    shuffled = blocks.gather(2, order.expand_as(blocks)).unflatten(2, (height // 8, width // 8))
    scrambled = F.pixel_shuffle(shuffled, 8)
    mixed = torch.maximum(mixed, mixed.roll(1, 0).flip(-2))
    return torch.cat([noise, scrambled, mixed])


def judge_digits(classifier: nn.Module) -> dict:
    """Return the held-out accuracy, the mean confidence on held-out digits and on noise that training never showed."""
    device = next(classifier.parameters()).device
    test = datasets.load("digits", "test", device=device)
    _, probabilities = classify(classifier, test.images)
    generator = torch.Generator(device=device).manual_seed(1)
    noise = torch.rand(test.images.shape, generator=generator, device=device) * 2 - 1
    _, on_noise = classify(classifier, noise)
    right = probabilities.argmax(1) == test.labels
    return {
        "held_out_accuracy": round(float(right.cpu().double().mean()), 4),
        "held_out_confidence": round(mean_confidence(probabilities), 4),
        "confidence_on_noise": round(mean_confidence(on_noise), 4),
    }


def judge_attributes(reader: nn.Module) -> dict:
    """Return the share of held-out faces of which each attribute is read rightly."""
    test = datasets.load("sketch_faces", "test", size=32, limit=1000, device=next(reader.parameters()).device)
    right = (attributes.read(reader, test.images) > 0.5) == attributes.targets(test)
    return {name: round(float(share), 4) for name, share in zip(attributes.NAMES, right.cpu().double().mean(0))}


def judge_parts(reader: nn.Module) -> dict:
    """Return how well the parts of held-out faces are found again."""
    test = held_out(next(reader.parameters()).device)
    return found_again(reader, test.images, test)


RECIPES = {
    "digits-classifier": Recipe(
        what="convolutional classifier whose features and verdicts the metrics use",
        data="digits (train), 12 moved copies, half as many non-digits",
        steps=1500,
        load=partial(datasets.load, "digits"),
        make=digits_classifier,
        arguments=DIGITS,
        network=attrgetter("network"),
        judge=judge_digits,
    ),
    "faces-attributes": Recipe(
        what="classifier of notebook 10: ten yes-or-no attributes of 32x32 sketch faces",
        data="sketch_faces (train), 8,000 pictures, 32x32",
        steps=1200,
        load=partial(datasets.load, "sketch_faces", size=32, limit=FACES),
        make=face_attributes,
        arguments=ATTRIBUTES,
        network=attrgetter("network"),
        judge=judge_attributes,
    ),
    "faces-reader": Recipe(
        what="reader of notebook 08: which part of a sketched face each pixel shows, 32x32",
        data="sketch_faces (train), 10,000 pictures of 32x32",
        steps=1500,
        load=partial(datasets.load, "sketch_faces", size=SIZE, limit=PICTURES),
        make=face_parts,
        arguments=FACE_PARTS,
        network=attrgetter("network"),
        judge=judge_parts,
    ),
}
