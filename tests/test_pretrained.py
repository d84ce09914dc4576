"""Weights by name: whole ones load, everything else is refused before it can do harm."""

import json
import pickle

import pytest
import torch
from safetensors.torch import save_file

from ganlib import models, pretrained, recipes, runtime

ARGUMENTS = {"z_dim": 3, "hidden": [5], "image_shape": [1, 2, 2], "batch_norm": True}
FACTS = {"command": "python -m ganlib train tiny", "data": "none", "seed": 4, "quality": {"classes": 9}}


@pytest.fixture
def network():
    torch.manual_seed(0)
    network = models.MLPGenerator(**ARGUMENTS)
    network(torch.randn(20, 3))  # moves the batch statistics
    return network


@pytest.fixture
def place(tmp_path, network):
    """A folder with the weights `tiny` and their recipe."""
    pretrained.save("tiny", network, arguments=ARGUMENTS, place=tmp_path / "weights", **FACTS)
    return tmp_path / "weights"


def test_saved_weights_come_back_ready_to_use(place, network):
    loaded = pretrained.load("tiny", place=place)
    z = torch.randn(7, 3)
    with torch.no_grad():
        assert torch.equal(loaded(z), network.eval()(z))
    assert not loaded.training and not any(p.requires_grad for p in loaded.parameters())
    assert loaded.image_shape == (1, 2, 2)
    assert sorted(path.name for path in place.iterdir()) == ["index.json", "tiny.safetensors"]


def test_the_index_tells_how_the_weights_were_made(place, network):
    recipe = pretrained.index(place)["tiny"]
    assert recipe.architecture == "MLPGenerator" and recipe.arguments == ARGUMENTS
    assert {name: getattr(recipe, name) for name in FACTS} == FACTS
    assert recipe.sha256 == pretrained.checksum(place / "tiny.safetensors")
    pretrained.save("second", network, arguments=ARGUMENTS, place=place, **FACTS)
    pretrained.save("tiny", network, arguments=ARGUMENTS, place=place, **FACTS | {"seed": 5})
    assert {name: recipe.seed for name, recipe in pretrained.index(place).items()} == {"second": 4, "tiny": 5}


def test_a_network_that_could_not_be_loaded_is_not_saved(tmp_path):
    with pytest.raises(pretrained.WeightsError, match="Linear cannot be loaded.*ARCHITECTURES"):
        pretrained.save("odd", torch.nn.Linear(2, 2), arguments={}, place=tmp_path, **FACTS)
    assert list(tmp_path.iterdir()) == []


def refused(message, name="tiny", place=None):
    with pytest.raises(pretrained.WeightsError, match=message):
        pretrained.load(name, place=place)


def test_an_unknown_name_is_refused_with_the_known_ones(place, tmp_path):
    refused("no weights 'huge': use one of tiny", "huge", place)
    refused("no weights '../tiny'", "../tiny", place)
    (tmp_path / "empty").mkdir()
    refused(r"use one of \(none shipped\)", "tiny", tmp_path / "empty")


@pytest.mark.parametrize("index", ["", "{", "[]", '{"tiny": {}}', '{"tiny": {"architecture": "MLP", "more": 1}}'])
def test_a_damaged_index_is_refused(place, index):
    (place / "index.json").write_text(index)
    refused("index.json is damaged", "tiny", place)


@pytest.mark.parametrize("position", [9, 0.5, -1])
def test_a_changed_byte_is_noticed(place, position):
    path = place / "tiny.safetensors"
    content = bytearray(path.read_bytes())
    content[int(len(content) * position) if position == 0.5 else position] ^= 1
    path.write_bytes(bytes(content))
    refused("tiny.safetensors is damaged or changed", "tiny", place)


@pytest.mark.parametrize("keep", [0, 7, 100, -1])
def test_a_file_cut_short_is_noticed_with_and_without_a_checksum(place, keep):
    path = place / "tiny.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    refused("tiny.safetensors is damaged", "tiny", place)
    with pytest.raises(pretrained.WeightsError, match="damaged or not a safetensors file"):
        pretrained.read_tensors(path)


def test_a_missing_file_is_named_with_what_to_do(place):
    (place / "tiny.safetensors").unlink()
    refused("no file .*tiny.safetensors: install ganlib again, or make it with the command", "tiny", place)


def recorded(place, **changes):
    """Change entries of the recipe, so that only they can be what is wrong."""
    path = place / "index.json"
    entries = json.loads(path.read_text())
    entries["tiny"] |= changes
    path.write_text(json.dumps(entries))


@pytest.mark.parametrize("tensors", [{"mlp.layers.1.weight": torch.zeros(2, 2)}, {"other": torch.zeros(1)}])
def test_weights_that_do_not_fit_their_architecture_are_refused(place, tensors):
    save_file(tensors, place / "tiny.safetensors")
    recorded(place, sha256=pretrained.checksum(place / "tiny.safetensors"))
    refused("does not fit its recorded architecture", "tiny", place)


@pytest.mark.parametrize("changes", [{"architecture": "Sequential"}, {"arguments": {"z_dim": 3, "layers": 5}}])
def test_an_architecture_that_cannot_be_built_is_refused(place, changes):
    recorded(place, **changes)
    refused("recorded architecture", "tiny", place)


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("form", ["pickle", "torch"])
def test_a_pickle_in_disguise_is_refused_and_not_run(place, tmp_path, form):
    path, sprung = place / "tiny.safetensors", tmp_path / "sprung"
    if form == "pickle":
        path.write_bytes(pickle.dumps(Trap(sprung)))
    else:
        torch.save({"trap": Trap(sprung)}, path)
    recorded(place, sha256=pretrained.checksum(path))
    refused("tiny.safetensors is damaged or not a safetensors file", "tiny", place)
    assert not sprung.exists()
    with open(path, "rb") as file:
        if form == "pickle":
            pickle.load(file).close()
            assert sprung.exists()  # the trap works, for those who step into it


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".pkl", ".npy", ""])
def test_formats_that_can_run_code_are_refused_by_their_ending(place, suffix):
    path = (place / "tiny.safetensors").rename(place / f"tiny{suffix}")
    with pytest.raises(pretrained.WeightsError, match="not a .safetensors file.*save_file"):
        pretrained.read_tensors(path)


SHIPPED = sorted(pretrained.index())


def test_what_the_lectures_stand_on_is_shipped():
    assert set(recipes.RECIPES) <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_weights_are_whole_and_compute(name):
    recipe = pretrained.index()[name]
    path = runtime.shipped_folder() / "weights" / f"{name}.safetensors"
    assert pretrained.checksum(path) == recipe.sha256
    network = pretrained.load(name)
    channels = recipe.arguments.get("in_channels") or recipe.arguments.get("channels", 1)
    x = torch.randn(2, network.z_dim) if hasattr(network, "z_dim") else torch.randn(2, channels, 32, 32)
    if hasattr(network, "encode"):  # an autoencoder takes pictures, though it has a z too
        x = torch.randn(2, *recipe.arguments["image_shape"])
    label = [torch.tensor([0, 1])] if hasattr(network, "z_dim") and recipe.arguments.get("classes") else []
    with torch.no_grad():
        assert network(x, *label).isfinite().all()
    assert recipe.command.startswith("python -m ganlib train") and name in recipe.command
    assert f"--seed {recipe.seed}" in recipe.command
    assert recipe.quality and recipe.data


def test_no_shipped_file_is_without_a_recipe():
    files = {path.stem for path in pretrained.folder().glob("*") if path.name != pretrained.INDEX}
    assert files == set(SHIPPED)
