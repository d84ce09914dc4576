"""What notebook 10 stands on: a reader of face attributes, an encoder learned by a game, a GAN that learns by heart."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from ganlib import attributes
from ganlib import data as datasets
from ganlib.models import ConvNet

READER = {"channels": 3, "classes": len(attributes.NAMES), "width": 16, "width_features": 64}
READER_STEPS = 1200
FACES = 8000  # drawn for training


def train_face_attributes(
    *,
    seed: int = 0,
    device: torch.device | str = "cpu",
    steps: int = READER_STEPS,
    batch_size: int = 128,
    lr: float = 3e-3,
    watch: Callable = iter,
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
    for _ in watch(range(steps)):
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
    return {name: round(float(share), 4) for name, share in zip(attributes.NAMES, right.double().mean(0))}
