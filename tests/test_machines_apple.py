"""Apple's GPU, which is chosen by itself there: every public function gives on it what it gives on the CPU.

The device is a stand-in (tests/apple_device.py) that refuses what the real one refuses: above all float64.
"""

import inspect
import re
from pathlib import Path

import pytest
import torch
from apple_calls import CALLS, D, G, X, losses_of, own, pictures_of
from apple_device import RefusedError, apple
from torch.utils._pytree import tree_flatten

from ganlib import autoregressive, latent, losses, metrics, pictures, train
from ganlib.latent import inversion, ways
from ganlib.likelihood import elbo
from ganlib.metrics import attributes, details, memorisation, sharpness
from ganlib.metrics import modes as mode_metrics


def leaves(found):
    """Return all numbers of a result as tensors of the CPU."""
    flat = tree_flatten(found)[0]
    return [torch.as_tensor(x.detach().cpu() if isinstance(x, torch.Tensor) else x).double() for x in flat]


@pytest.mark.parametrize("name", CALLS)
def test_apples_gpu_gives_what_the_cpu_gives(name):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        expected = leaves(CALLS[name](lambda x: x))
    with apple() as device, torch.random.fork_rng():
        torch.manual_seed(0)
        found = leaves(CALLS[name](lambda x: x.to(device)))
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-3, equal_nan=True)


MODULES = {
    "attributes": attributes,
    "autoregressive": autoregressive.model,
    "details": details,
    "elbo": elbo,
    "inversion": inversion,
    "latent": latent.directions,
    "losses": losses,
    "memorisation": memorisation,
    "metrics": metrics.samples,
    "mode_metrics": mode_metrics,
    "pictures": pictures,
    "sharpness": sharpness,
    "ways": ways,
}
WITHIN = {"details.train_reader", "details.train_detector", "details.eyes", "details.share_read", "details.share_found"}
INSIDE = {f"losses.{part}_{player}" for part in losses.BY_NAME for player in "DG"} | {"losses.cross_entropy_D"}


def test_no_public_function_of_tensors_is_left_out():
    missing = set()
    for place, module in MODULES.items():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and "Tensor" in str(inspect.signature(function)):
                missing |= {f"{place}.{name}"} if not name.startswith("_") else set()
    assert missing - {name.split(",")[0] for name in CALLS} - WITHIN - INSIDE == set()


REFUSED = {
    "float64": lambda x: x.double(),
    "float64, made there": lambda x: torch.zeros(3, dtype=torch.float64, device=x.device),
    "the CPU's numbers": lambda x: x + torch.ones(6),
    "the CPU's stream": lambda x: torch.randn(3, device=x.device, generator=torch.Generator()),
    "NumPy": lambda x: x.numpy(),
    "its numbers as an index": lambda x: torch.ones(9)[x.long()],
    "a factorisation": lambda x: torch.linalg.qr(x),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_stand_in_refuses_what_the_device_refuses(what):
    with apple() as device, pytest.raises((RefusedError, TypeError)):
        REFUSED[what](X.to(device))


def test_a_training_on_apples_gpu_goes_on_from_its_checkpoint(tmp_path):
    def begun(on, seed):
        return train.Training(own(on, G), own(on, D), on(pictures_of()), batch_size=4, ema=0.9, seed=seed)

    whole = losses_of(begun(lambda x: x, 0), 5)
    with apple() as device:
        first, again = (begun(lambda x: x.to(device), seed) for seed in (0, 5))
        losses_of(first)
        train.load_checkpoint(again, train.save_checkpoint(first, tmp_path / "run.safetensors"))
        torch.testing.assert_close(losses_of(again, 2), whole[3:])


def test_nothing_becomes_float64_before_it_is_on_the_cpu():
    root = Path(__file__).resolve().parents[1]
    files = [
        path for folder in ("ganlib", "notebooks/source", "tests/checks") for path in (root / folder).rglob("*.py")
    ]
    wrong = [path.name for path in files if re.search(r"(double\(\)|float64\))\.cpu\(\)", path.read_text("utf-8"))]
    assert files and wrong == []
