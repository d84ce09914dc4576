"""Pausing and resuming: to the last bit, and only from a file that fits and is whole."""

import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tiny_gan import same, tiny_training, train

from ganlib import losses
from ganlib.data import Dataset
from ganlib.models import dcgan_pair
from ganlib.train import CheckpointError, Training, constant_then_linear, load_checkpoint, save_checkpoint
from ganlib.train.checkpoint import _tensors

SETTINGS = {
    "plain": {},
    "dropout": {"dropout_D": 0.4},
    "batch norm": {"batch_norm_G": True},
    "average": {"ema": 0.9},
    "schedule": {"schedule": constant_then_linear(20)},
    "random penalty": {"penalty": losses.gradient_penalty, "loss": losses.wasserstein, "D_steps": 2},
    "everything": {
        "dropout_D": 0.4, "batch_norm_G": True, "ema": 0.9, "schedule": constant_then_linear(20), "D_steps": 3,
        "penalty": losses.zero_centred_penalty, "clip": 1.0,
    },
}  # fmt: skip


def state_of(training):
    """Copy all that the next step depends on."""
    state = {name: tensor.clone() for name, tensor in _tensors(training).items()}
    return state | {"number": torch.tensor(training.number), "rate": torch.tensor(training.lr_G)}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_a_resumed_training_ends_with_the_same_bits(settings, tmp_path):
    whole = tiny_training(seed=3, **settings)
    train(whole, 20)
    paused = tiny_training(seed=3, **settings)
    train(paused, 8)
    path = save_checkpoint(paused, tmp_path / "folder" / "run.safetensors")
    torch.rand(5)  # another process draws other numbers
    resumed = tiny_training(seed=99, **settings)
    train(resumed, 2)  # what it did before is forgotten
    load_checkpoint(resumed, path)
    assert resumed.number == 8
    last = train(resumed, 12)
    assert last.number == 20
    assert same(state_of(whole), state_of(resumed))


def test_a_network_in_another_order_of_memory_is_resumed_too(tmp_path):
    """The fused Adam takes weights and their averages as they lie in memory: both must lie alike."""

    def training(seed):
        torch.manual_seed(1)
        pair = dcgan_pair((3, 8, 8), z_dim=5, channels_G=(8, 6), channels_D=(6, 8))
        G, D = (network.to(memory_format=torch.channels_last) for network in pair)
        return Training(G, D, Dataset("noise", torch.rand(20, 3, 8, 8) * 2 - 1), batch_size=4, seed=seed)

    whole, paused, resumed = training(3), training(3), training(9)
    train(whole, 12)
    train(paused, 5)
    load_checkpoint(resumed, save_checkpoint(paused, tmp_path / "run.safetensors"))
    train(resumed, 7)
    assert same(state_of(whole), state_of(resumed))


def test_saving_does_not_change_what_comes_next(tmp_path):
    one, other = tiny_training(seed=3, dropout_D=0.4), tiny_training(seed=3, dropout_D=0.4)
    for _ in one.run(6):
        save_checkpoint(one, tmp_path / "run.safetensors")
    train(other, 6)
    assert same(state_of(one), state_of(other))
    assert [path.name for path in tmp_path.iterdir()] == ["run.safetensors"]


def test_a_checkpoint_before_the_first_step_can_be_loaded(tmp_path):
    path = save_checkpoint(tiny_training(seed=3), tmp_path / "run.safetensors")
    resumed, fresh = tiny_training(seed=4), tiny_training(seed=3)
    train(resumed, 2)
    load_checkpoint(resumed, path)
    train(resumed, 3)
    train(fresh, 3)
    assert same(state_of(resumed), state_of(fresh))


def test_rates_that_were_changed_come_back(tmp_path):
    training = tiny_training()
    training.lr_G, training.lr_D, training.D_steps = 3e-4, 2e-4, 2
    path = save_checkpoint(training, tmp_path / "run.safetensors")
    resumed = tiny_training()
    load_checkpoint(resumed, path)
    assert (resumed.lr_G, resumed.lr_D, resumed.D_steps) == (3e-4, 2e-4, 2)


@pytest.fixture
def saved(tmp_path):
    training = tiny_training(seed=3, ema=0.9)
    train(training, 4)
    return save_checkpoint(training, tmp_path / "run.safetensors")


@pytest.fixture
def training():
    """Another training of the same networks, which a failed loading must leave as it is."""
    training = tiny_training(seed=5, ema=0.9)
    train(training, 3)
    return training


def assert_refused(training, path, message, error=CheckpointError):
    before = state_of(training)
    with pytest.raises(error, match=message):
        load_checkpoint(training, path)
    assert same(state_of(training), before)
    train(training, 1)


@pytest.mark.parametrize("keep", [0, 5, 100, -1, 0.5])
def test_a_file_cut_short_is_refused(saved, training, keep):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(len(content) * keep) if keep == 0.5 else keep])
    assert_refused(training, saved, "run.safetensors is damaged")


@pytest.mark.parametrize("position", [0.3, 0.9, 0.999])
def test_a_changed_byte_is_noticed(saved, training, position):
    content = bytearray(saved.read_bytes())
    content[int(len(content) * position)] ^= 0x10
    saved.write_bytes(bytes(content))
    assert_refused(training, saved, "damaged")


def test_a_missing_file_is_named(training, tmp_path):
    assert_refused(training, tmp_path / "nowhere.safetensors", "no checkpoint", FileNotFoundError)


def test_other_files_are_refused(training, tmp_path):
    text, weights = tmp_path / "notes.txt", tmp_path / "weights.safetensors"
    text.write_text("no checkpoint at all")
    assert_refused(training, text, "damaged or not a checkpoint")
    save_file({f"G.{name}": tensor for name, tensor in training.G.state_dict().items()}, weights)
    assert_refused(training, weights, "not a checkpoint of a training")


def rewritten(path, change):
    """Apply `change(tensors, settings)` to a checkpoint, keeping everything else, the checksum too, as it was."""
    with safe_open(path, "pt") as file:
        metadata, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    settings = json.loads(metadata["settings"])
    change(tensors, settings)
    save_file(tensors, path, metadata | {"settings": json.dumps(settings)})


CHANGES = {
    "a stream less": lambda tensors, settings: tensors.pop("stream.own"),
    "a network's tensor less": lambda tensors, settings: tensors.pop("G.mlp.layers.1.bias"),
    "an optimiser's tensor less": lambda tensors, settings: tensors.pop("opt_D.0.exp_avg"),
    "another name": lambda tensors, settings: tensors.update({"opt_D.0.exp_avf": tensors.pop("opt_D.0.exp_avg")}),
    "another rate": lambda tensors, settings: settings.update(lr_G=5.0),
    "another setting": lambda tensors, settings: settings.update(G=None),
    "NaN": lambda tensors, settings: tensors["D.layers.1.bias"].fill_(float("nan")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_checkpoint_that_was_tampered_with_is_refused(saved, training, change):
    rewritten(saved, change)
    assert_refused(training, saved, "damaged or changed")


def test_a_checkpoint_of_other_networks_is_refused(saved, tmp_path):
    without = tiny_training(seed=5)  # no average generator
    assert_refused(without, saved, "other networks.*: G_ema.*missing here.*same arguments")
    wider = tiny_training(seed=5, ema=0.9, batch_norm_G=True)
    assert_refused(wider, saved, r"other networks.*: G.* is missing in the file and \(8,\) here")


def test_a_checkpoint_of_another_kind_of_device_is_refused(saved, training):
    training.streams = training.streams + training.streams  # as on a GPU, which has a stream of its own
    assert_refused(training, saved, "stream")
