"""Two processes that train one GAN do what one does: the same batches, losses and weights."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tiny_gan import same, tiny_training, train, weights_of
from torch import nn

from ganlib import losses
from ganlib.data import Dataset
from ganlib.models import PatchDiscriminator, UNet, dcgan_pair
from ganlib.models.sets import MinibatchStd
from ganlib.train import PairedTraining, Training
from ganlib.train.conditional import ConditionalTraining
from ganlib.train.parallel import share_out, synchronise, whole

HERE = Path(__file__).resolve().parent
STEPS = 10


def faces(n: int = 32) -> Dataset:
    """Return n pictures of 8x8 pixels with maps of three parts and labels."""
    generator = torch.Generator().manual_seed(2)
    images = torch.rand(n, 1, 8, 8, generator=generator) * 2 - 1
    segments = torch.randint(3, (n, 8, 8), generator=generator)
    return Dataset("noise", images, torch.arange(n) % 4, tuple("abcd"), segments=segments.byte(), parts=tuple("xyz"))


def dcgan(**settings) -> Training:
    torch.manual_seed(1)
    pair = dcgan_pair((1, 8, 8), z_dim=5, channels_G=(8, 4), channels_D=(4, 8))
    return Training(*pair, faces(), batch_size=8, ema=0.9, seed=3, **settings)


def pix2pix() -> Training:
    torch.manual_seed(1)
    return PairedTraining(UNet(3, 1, (4, 6)), PatchDiscriminator(1, 3, (4,)), faces(), batch_size=8, seed=3)


def cgan() -> Training:
    torch.manual_seed(1)
    pair = dcgan_pair((1, 8, 8), z_dim=5, channels_G=(8,), channels_D=(4,), classes=4)
    return ConditionalTraining(*pair, faces(), batch_size=8, seed=3)


TRAININGS = {
    "mlp, two steps of D": lambda: tiny_training(seed=3, D_steps=2),
    "penalty on D": lambda: tiny_training(seed=3, penalty=losses.zero_centred_penalty, one_pass=True),
    "dcgan with batch norm": dcgan,
    "dcgan in bfloat16": lambda: dcgan(half=True),
    "dcgan in bfloat16, fakes used twice": lambda: dcgan(half=True, reuse=True),
    "cgan": cgan,
    "dcgan, fakes used twice": lambda: dcgan(reuse=True),
    "pix2pix with batch norm": pix2pix,
}
# half a batch may be multiplied in another order, and then rounded
ROUNDED = {"dcgan in bfloat16": 0.02, "dcgan in bfloat16, fakes used twice": 0.02}


def curve(training: Training) -> list[list[float]]:
    """Train and return both losses of every step, of all processes together."""
    steps = (whole(step) for step in training.run(STEPS))
    return [[float(step.loss_D), float(step.loss_G)] for step in steps]


def last_weights(training: Training) -> list[float]:
    return [float(value.double().sum()) for value in training.best_G.state_dict().values()]


def work() -> None:
    """Do one process's part of every training, and print what came out."""
    from ganlib.train.parallel import processes

    torch.set_num_threads(1)
    with processes() as (rank, count):
        found = {}
        for name, make in TRAININGS.items():
            training = make()
            if rank:  # the first process's weights count
                with torch.no_grad():
                    for parameter in training.G.parameters():
                        parameter.zero_()
            share_out(training, rank, count)
            found[name] = {"curve": curve(training), "weights": last_weights(training)}
        print(json.dumps({"rank": rank, "count": count, "found": found}))


@pytest.fixture(scope="module")
def two() -> list[dict]:
    """Start two processes as torchrun does, and return what each prints."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1"}
    place["PYTHONPATH"] = os.pathsep.join([str(HERE.parent), str(HERE)])
    started = [
        subprocess.Popen(
            [sys.executable, __file__],
            env={**os.environ, **place, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    said = [process.communicate(timeout=120) for process in started]
    assert [process.returncode for process in started] == [0, 0], said[0][1] + said[1][1]
    return [json.loads(out) for out, _ in said]


@pytest.mark.parametrize("name", TRAININGS)
def test_two_processes_give_the_loss_curve_of_one(two, name):
    alone = TRAININGS[name]()
    expected = torch.tensor(curve(alone))
    assert [run["count"] for run in two] == [2, 2]
    for run in two:
        near = ROUNDED.get(name, 1e-5)
        torch.testing.assert_close(torch.tensor(run["found"][name]["curve"]), expected, atol=near, rtol=0)
    assert (expected[0] - expected[-1]).abs().max() > 100 * near or name in ROUNDED, "the losses change by more"
    weights = torch.tensor(last_weights(alone))
    if name not in ROUNDED:
        torch.testing.assert_close(torch.tensor(two[0]["found"][name]["weights"]), weights, atol=1e-3, rtol=1e-4)
    assert two[0]["found"][name]["weights"] == two[1]["found"][name]["weights"], "the processes' weights stay equal"


def test_one_process_needs_none_of_this():
    plain, shared = tiny_training(seed=3), share_out(tiny_training(seed=3), 0, 1)
    train(plain, 5)
    step = train(shared, 5)
    assert same(weights_of(plain.G), weights_of(shared.G)) and whole(step) is step


def test_what_several_processes_cannot_do_is_refused():
    with pytest.raises(ValueError, match="cannot be divided evenly among 3"):
        share_out(tiny_training(), 0, 3)
    with pytest.raises(ValueError, match="clip"):
        share_out(tiny_training(clip=1.0), 0, 2)
    with pytest.raises(ValueError, match="MinibatchStd"):
        synchronise(nn.Sequential(nn.Linear(2, 2), MinibatchStd(nn.Identity(), nn.Identity())))


if __name__ == "__main__":
    work()
