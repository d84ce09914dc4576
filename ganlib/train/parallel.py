"""Several processes that train one GAN as one would: each takes a part of every batch, and all average their gradients.

Start them with torchrun, which is part of torch: `torchrun --nproc-per-node 2 -m ganlib train dcgan`. They talk through
torch.distributed (nccl between GPUs, gloo between CPUs). Gradients are averaged just before an optimiser's step and not
by torch's wrapper DistributedDataParallel, which pairs each pass forwards with one backwards through all of a network's
weights: D makes two passes before its step, and one more, with constant weights, in G's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.nn.functional import all_reduce

from ganlib.train.training import ACROSS_BATCH, Step, Training
from ganlib.train.updates import at_least_float32

BATCH_NORM = nn.modules.batchnorm._BatchNorm


@contextmanager
def processes(device: torch.device | str = "cpu") -> Iterator[tuple[int, int]]:
    """Join the other processes that torchrun has started, for a while: yields (this one's rank, how many there are).

    Without torchrun it does nothing and yields (0, 1).
    """
    if "RANK" not in os.environ:
        yield 0, 1
        return
    dist.init_process_group("nccl" if torch.device(device).type == "cuda" else "gloo")
    try:
        yield dist.get_rank(), dist.get_world_size()
    finally:
        dist.destroy_process_group()


class SyncedBatchNorm(BATCH_NORM):
    """Batch normalisation with the mean and variance of all processes' images; torch's own needs a GPU for that."""

    momentum: float  # torch's can also be None, and then averages over all batches: the course has no such layer

    def _check_input_dim(self, x: torch.Tensor) -> None:
        pass

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return super().forward(x)
        dims, count = [0, *range(2, x.ndim)], dist.get_world_size()
        shape = [1, -1, *[1] * (x.ndim - 2)]
        kind, x = x.dtype, at_least_float32(x)  # statistics of bfloat16 numbers need more digits than those have
        mean = all_reduce(x.mean(dims)) / count
        centred = x - mean.view(shape)
        var = all_reduce(centred.square().mean(dims)) / count
        if self.track_running_stats:
            assert self.running_mean is not None and self.running_var is not None
            assert self.num_batches_tracked is not None
            with torch.no_grad():
                n = count * x.numel() / x.shape[1]
                self.num_batches_tracked += 1
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(var * n / (n - 1), self.momentum)
        out = centred * (var + self.eps).rsqrt().view(shape)
        return (out * self.weight.view(shape) + self.bias.view(shape) if self.affine else out).to(kind)


def synchronise(network: nn.Module) -> None:
    """Let every batch normalisation of a network look at all processes' images; names and weights stay.

    Raises:
        ValueError: if another layer looks across the batch.
    """
    for layer in network.modules():
        if type(layer) in (nn.BatchNorm1d, nn.BatchNorm2d):
            layer.__class__ = SyncedBatchNorm
        elif isinstance(layer, ACROSS_BATCH) and not isinstance(layer, SyncedBatchNorm):
            raise ValueError(
                f"{type(layer).__name__} compares the images of a batch, and each process would see only its own: "
                "train in one process, or leave that layer out"
            )


def share_out(training: Training, rank: int, count: int) -> Training:
    """Make this process do its part of a training that all `count` processes have made with the same arguments.

    The batches are those of a single process: each process draws all of a batch's numbers and keeps its share. All
    begin from the first process's weights. Dropout and random penalties differ from a single process's.

    Raises:
        ValueError: if the batch cannot be divided, gradients are to be clipped (each process would clip its own), or a
            layer looks across the batch.
    """
    if count == 1:
        return training
    if training.batch_size % count:
        raise ValueError(f"a batch of {training.batch_size} images cannot be divided evenly among {count} processes")
    if training.clip is not None:
        raise ValueError("clip is for a single process: several would each clip their own part of the gradient")
    training.share = slice(rank, None, count)
    for network in [*training.networks, *([training.G_ema] if training.G_ema is not None else [])]:
        for tensor in network.state_dict().values():
            message = tensor.contiguous()
            dist.broadcast(message, 0)
            tensor.copy_(message)
    for network in training.networks:
        synchronise(network)
    for optimiser in (training.opt_G, training.opt_D):
        optimiser.register_step_pre_hook(average_gradients)
    with torch.random.fork_rng(devices=training._cuda()):
        torch.manual_seed(training.generator.initial_seed() + 1 + 7919 * rank + training.number)
        training.streams = training._read_streams()
    return training


@torch.no_grad()
def average_gradients(optimiser: torch.optim.Optimizer, *_) -> None:
    """Replace every gradient by its mean over the processes, in one message."""
    slopes = [p.grad for group in optimiser.param_groups for p in group["params"] if p.grad is not None]
    if not slopes:
        return
    message = torch.cat([slope.flatten() for slope in slopes])
    dist.all_reduce(message)
    parts = (message / dist.get_world_size()).split([slope.numel() for slope in slopes])
    means = [part.view_as(slope) for part, slope in zip(parts, slopes)]
    torch._foreach_copy_(slopes, means)  # pyright: ignore[reportPrivateImportUsage]  no public one


def whole(step: Step) -> Step:
    """Return a step with its losses averaged over all processes; every one of them must ask."""
    if not dist.is_initialized():
        return step
    means = {}
    for name, value in vars(step).items():
        if isinstance(value, torch.Tensor) and value.ndim == 0:
            means[name] = value.detach().clone()
            dist.all_reduce(means[name])
            means[name] /= dist.get_world_size()
    return replace(step, **means)


def anyone(asked: bool) -> bool:
    """Say whether any of the processes asks for something; every one of them must call this."""
    if not dist.is_initialized():
        return asked
    device = "cuda" if dist.get_backend() == "nccl" else "cpu"
    found = torch.tensor([float(asked)], device=device)
    dist.all_reduce(found)
    return bool(found.item())
