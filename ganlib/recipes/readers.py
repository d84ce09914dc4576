"""The digit classifier on whose features and verdicts the metrics stand."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ganlib import data as datasets
from ganlib.metrics import classify, mean_confidence
from ganlib.models import ConvNet
from ganlib.progress_line import Watch
from ganlib.threads import steady

ARGUMENTS = {"channels": 1, "classes": 10, "width": 24, "width_features": 64}


def train_classifier(
    *,
    seed: int = 0,
    device: torch.device | str = "cpu",
    steps: int = 1500,
    batch_size: int = 128,
    lr: float = 2e-3,
    watch: Watch = iter,
) -> tuple[nn.Module, dict]:
    """Train a `ConvNet` on the digits' training split, and teach it doubt: returns (classifier, quality).

    Up to 12 % of an image's pixels are flipped in half of the images: a person reads through that without effort.
    Half as many non-digits as digits are in each batch (noise, digits with their blocks shuffled, averages of two
    digits), with all classes equally likely as their target (Hendrycks et al. 2019, outlier exposure). Without them
    a classifier is certain of anything, and mean confidence says nothing about samples.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        classifier = ConvNet(**ARGUMENTS).to(device)
        train = datasets.augmented(datasets.load("digits", device=device), 12, seed=seed)
        labels = train.labels
        assert labels is not None  # the digits have them
        optimiser = torch.optim.AdamW(classifier.parameters(), lr=lr, weight_decay=0.05)
        decay = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, total_steps=steps)
        generator = torch.Generator(device=device).manual_seed(seed)
        for _ in steady(watch(range(steps)), device):
            index = torch.randint(len(train), (batch_size,), generator=generator, device=device)
            x, y = train.images[index], labels[index]
            images = torch.cat([x, non_digits(x[: batch_size // 2], generator)])
            logits = classifier(disturbed(images, generator))
            loss = F.cross_entropy(logits[:batch_size], y) - 0.5 * logits[batch_size:].log_softmax(1).mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            decay.step()
    return classifier.eval(), measure(classifier, device)


def disturbed(x: torch.Tensor, generator: torch.Generator, most: float = 0.12) -> torch.Tensor:
    """Flip up to the share `most` of the pixels of half of the images, and pale the greys of half of them."""
    amounts = torch.rand(2, len(x), 1, 1, 1, generator=generator, device=x.device).mul(2).sub(1).clamp(min=0)
    flip = torch.rand(x.shape, generator=generator, device=x.device) < most * amounts[0]
    return torch.where(flip, -x, x) * (1 - 0.3 * amounts[1])


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


def measure(classifier: nn.Module, device: torch.device | str = "cpu") -> dict:
    """Return the held-out accuracy, the mean confidence on held-out digits and on noise that training never showed."""
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
