"""What notebook 10 stands on: a reader of faces' attributes, and an encoder that learned by playing along."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ganlib import data as datasets
from ganlib import pretrained
from ganlib.metrics import attributes, classify
from ganlib.models import ConvNet
from ganlib.models.bigan import BiGAN, bigan_pair
from ganlib.progress_line import Watch
from ganlib.recipes.gan import judge_digits, moved_digits
from ganlib.threads import steady
from ganlib.train import constant_then_linear
from ganlib.train.bigan import BiGANTraining

READER = {"channels": 3, "classes": len(attributes.NAMES), "width": 16, "width_features": 64}
READER_STEPS = 1200
FACES = 8000  # drawn for training
BIGAN = {"image_shape": [1, 32, 32], "z_dim": 16, "hidden": [512, 256]}
BIGAN_STEPS = 10_000


def train_face_attributes(
    *,
    seed: int = 0,
    device: torch.device | str = "cpu",
    steps: int = READER_STEPS,
    batch_size: int = 128,
    lr: float = 3e-3,
    watch: Watch = iter,
) -> tuple[nn.Module, dict]:
    """Train a `ConvNet` with one yes-or-no output an attribute on 32x32 sketch faces: returns (network, quality).

    Half of the pictures are disturbed (noise, or a blur), because it will have to read what generators draw.
    """
    train = datasets.load("sketch_faces", size=32, limit=FACES, device=device)
    wanted = attributes.targets(train).float()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        reader = ConvNet(**READER).to(device)
    optimiser = torch.optim.AdamW(reader.parameters(), lr=lr, weight_decay=0.05)
    decay = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, total_steps=max(steps, 2))
    generator = torch.Generator(device=device).manual_seed(seed)
    for _ in steady(watch(range(steps)), device):
        index = torch.randint(len(train), (batch_size,), generator=generator, device=device)
        logits = reader(disturbed(train.images[index], generator))
        loss = F.binary_cross_entropy_with_logits(logits, wanted[index])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        decay.step()
    return reader.eval(), measure_reader(reader, device)


def disturbed(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Add noise to the first quarter of x (N, C, H, W) and blur the second one."""
    noisy, blurred, rest = x.split([len(x) // 4, len(x) // 4, len(x) - 2 * (len(x) // 4)])
    noise = torch.randn(noisy.shape, generator=generator, device=x.device)
    spread = 0.25 * torch.rand(len(noisy), 1, 1, 1, generator=generator, device=x.device)
    soft = F.avg_pool2d(F.pad(blurred, (1, 1, 1, 1), mode="replicate"), 3, 1)
    mixed = torch.rand(len(blurred), 1, 1, 1, generator=generator, device=x.device)
    return torch.cat([noisy + spread * noise, blurred.lerp(soft, mixed), rest])


def measure_reader(reader: nn.Module, device: torch.device | str = "cpu") -> dict:
    """Return the share of held-out faces of which each attribute is read rightly."""
    test = datasets.load("sketch_faces", "test", size=32, limit=1000, device=device)
    right = (attributes.read(reader, test.images) > 0.5) == attributes.targets(test)
    return {name: round(float(share), 4) for name, share in zip(attributes.NAMES, right.cpu().double().mean(0))}


def digits_bigan(data: datasets.Dataset, *, seed: int = 0, steps: int = BIGAN_STEPS, **changes) -> BiGANTraining:
    """Return the training of an encoder and a generator of digits, ready to run for `steps` steps.

    changes: keyword arguments of `BiGANTraining` to replace.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        pair = bigan_pair(data.image_shape, z_dim=BIGAN["z_dim"], hidden=BIGAN["hidden"])
    settings = {
        "lr": 6e-4,  # E turns about in z while the players circle: a slow game, and one that settles for long
        "schedule": constant_then_linear(steps, start=0.3, end=0.02),
        "gamma": 3.0,
        "seed": seed,
    }
    return BiGANTraining(*pair, data, **{**settings, **changes})


def train_digits_bigan(
    *, seed: int = 0, device: torch.device | str = "cpu", steps: int = BIGAN_STEPS, watch: Watch = iter
) -> tuple[nn.Module, dict]:
    """Train on the moved digits; returns (model in float16 as it ships, quality measured after rounding)."""
    training = digits_bigan(moved_digits(datasets.load("digits", device=device)), seed=seed, steps=steps)
    shipped = training.finish(steps, watch=watch).half()
    model = BiGAN(**BIGAN).to(device).eval()
    model.load_state_dict(shipped.state_dict())
    return shipped, measure_bigan(model)


@torch.no_grad()
def measure_bigan(model: BiGAN) -> dict:
    """Return how well new digits are rebuilt, how often as the same digit, and the quality of samples."""
    device = next(model.parameters()).device
    test = datasets.load("digits", "test", device=device)
    rebuilt = model(test.images)
    read = classify(pretrained.load("digits-classifier", device=device), rebuilt)[1].argmax(1)
    samples = judge_digits(model.decoder).as_dict()
    return {
        "mean_squared_error": round(float((rebuilt - test.images).square().mean()), 4),
        "same_digit": round(float((read == test.labels).cpu().double().mean()), 4),
        **{name: samples[name] for name in ("classes", "confidence", "frechet")},
    }
