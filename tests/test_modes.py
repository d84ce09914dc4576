"""Networks are left as they were found, and trainings that are left off leave them ready, however they end."""

import pytest
import torch
from tiny_gan import tiny_data, tiny_pair, tiny_training
from torch import nn

from ganlib import autoregressive as ar
from ganlib import metrics
from ganlib.data.mixtures import ring, two_bumps
from ganlib.latent import inversion
from ganlib.metrics import attributes
from ganlib.models import MLPAutoencoder, MLPEnsemble, PixelCNN, generate
from ganlib.models.bigan import bigan_pair
from ganlib.models.modes import evaluated, frozen
from ganlib.recipes import collapse
from ganlib.train import ELBOTraining, train_ensemble
from ganlib.train.bigan import BiGANTraining


class TornError(Exception):
    pass


def mixed() -> nn.Module:
    """Return a network in training whose second layer is held in eval mode."""
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Dropout()).train()
    network[1].eval()
    return network


@pytest.mark.parametrize("fails", [False, True])
def test_each_layer_gets_its_own_mode_back(fails):
    network = mixed()
    try:
        with evaluated(network) as same:
            assert same is network and not any(layer.training for layer in network.modules())
            if fails:
                raise TornError
    except TornError:
        pass
    assert [layer.training for layer in network] == [True, False, True] and network.training


def test_frozen_within_evaluated_gives_both_back():
    network = mixed()
    network[0].bias.requires_grad_(False)
    with pytest.raises(TornError), evaluated(network), frozen(network):
        assert not any(p.requires_grad for p in network.parameters())
        raise TornError
    assert [p.requires_grad for p in network.parameters()] == [True, False, True, True]
    assert [layer.training for layer in network] == [True, False, True]


class Breaking(nn.Module):
    """Has layers in different modes, and tears whatever uses it."""

    def __init__(self):
        super().__init__()
        self.part, self.z_dim = mixed(), 2

    def forward(self, *_):
        assert not any(layer.training for layer in self.modules())
        raise TornError

    features = forward


def torn_rows(_):
    raise TornError


X = torch.zeros(2, 1, 4, 4)
USES = {
    "generate": lambda network: generate(network, torch.zeros(2, 2)),
    "classify": lambda network: metrics.classify(network, X),
    "attributes": lambda network: attributes.read(network, X),
    "invert": lambda network: inversion.invert(network, X, steps=1),
    "nll": lambda network: ar.nll(network, X),
    "sample": lambda network: ar.sample(network, torch.rand(2, 4, 4), cached=False),
    "sample, stopped": lambda network: ar.sample(network, torch.rand(2, 4, 4), cached=False, watch=torn_rows),
}


@pytest.mark.parametrize("use", USES)
def test_who_uses_a_network_leaves_it_as_it_was_also_after_an_error(use):
    network = Breaking()
    network.part[0].weight.requires_grad_(False)
    with pytest.raises(TornError):
        USES[use](network)
    assert network.training and [layer.training for layer in network.part] == [True, False, True]
    assert [p.requires_grad for p in network.parameters()] == [False, True, True, True]


def ensemble(steps):
    G, D = MLPEnsemble(2, [1, 8, 1], keep_last=True), nn.Sequential(nn.Identity(), MLPEnsemble(2, [1, 8, 1]))
    return train_ensemble(G, D, two_bumps(), steps, batch_size=8), [G, D]


def cured(steps):
    cure = collapse.CURES["instance noise"]
    G, D = collapse.ensemble_pair(cure, 2, hidden=4)
    return collapse.train_cured(cure, G, D, ring(), steps, batch_size=6), [G, D]


def bigan(steps):
    training = BiGANTraining(*bigan_pair((1, 4, 4), z_dim=3, hidden=(8, 8)), tiny_data(), batch_size=8)
    return training.run(steps), [training.D, training.model]


def elbo(steps):
    training = ELBOTraining(MLPAutoencoder((1, 4, 4), 2, (8,)), tiny_data())
    return training.run(steps), [training.model]


def gan(steps):
    training = tiny_training(ema=0.9)
    return training.run(steps), [training.G, training.D]


def pixels(steps):
    network = PixelCNN(width=4, layers=1)
    return ar.fit(network, ar.binarise(tiny_data().images), steps, batch_size=4), [network]


RUNS = {"gan": gan, "ensemble": ensemble, "cured": cured, "bigan": bigan, "elbo": elbo, "pixels": pixels}


def layers(networks):
    return [layer.training for network in networks for layer in network.modules()]


@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("end", ["whole", "break", "error", "error inside"])
def test_a_training_that_is_left_off_leaves_its_networks_in_eval_mode(make, end):
    run, networks = make(3)
    for network in networks:
        network.eval()
        network.register_forward_hook(lambda layer, *_: seen.append(layer.training))
    seen = []

    def leave():
        nonlocal run
        for number, _ in enumerate(run):
            assert all(layers(networks)), "while it runs, networks are in training mode"
            if number == 1:
                if end == "error":
                    raise TornError
                if end == "error inside":
                    networks[0].register_forward_hook(lambda *_: torn_rows(None))
                if end == "break":
                    break
        run = None

    if end.startswith("error"):
        with pytest.raises(TornError):
            leave()
        run = None
    else:
        leave()
    assert seen and all(seen) and not any(layers(networks))


@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
def test_looking_between_two_steps_does_not_stop_the_training(make):
    run, networks = make(3)
    modes = []
    for network in networks:
        network.register_forward_hook(lambda layer, *_: modes.append(layer.training))
    for _ in run:
        for network in networks:
            network.eval()  # somebody samples, and forgets to go back
    assert modes and all(modes)


def test_the_tiny_pair_has_layers_whose_mode_matters():
    G, D = tiny_pair(dropout_D=0.3, batch_norm_G=True)
    z = torch.randn(6, 3)
    with evaluated(G):
        assert torch.equal(G(z)[:2], G(z[:2]))
    assert not torch.equal(G(z)[:2], G(z[:2]))
