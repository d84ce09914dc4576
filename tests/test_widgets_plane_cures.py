"""Cures of mode collapse in the two-dimensional GAN lab."""

import pytest
import torch

from ganlib.widgets import PlaneLab
from ganlib.widgets.plane.data import MIXTURES, from_mixture
from ganlib.widgets.plane.players import CURES

# ipywidgets 7, Colab's, calls what newer traitlets calls deprecated
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated in traitlets:DeprecationWarning")


@pytest.fixture
def lab():
    lab = PlaneLab(hidden=16)
    yield lab
    lab.close()


def test_evenness_is_the_entropy_over_its_largest_value():
    data = from_mixture(MIXTURES["ring"]())
    assert data.evenness(data.places) == pytest.approx(1.0) and data.evenness(data.places[:1]) == 0.0
    assert data.evenness(data.places[:2]) == pytest.approx(1 / 3, abs=1e-6), "log 2 / log 8"
    assert data.evenness(torch.full((5, 2), torch.nan)) == 0.0


def test_a_cure_that_needs_another_d_keeps_g_and_the_count_of_steps(lab):
    lab.advance(5)
    before = [weight.detach().clone() for weight in lab.training.G.parameters()]
    lab.cure.value = "packs of 2"
    assert lab.training.number == 5 and lab.training.D.network.count == 2
    assert all(torch.equal(a, b) for a, b in zip(before, lab.training.G.parameters()))
    lab.advance(3)
    assert lab.training.number == 8 and not lab.note
    assert not torch.equal(before[0], next(lab.training.G.parameters()))


def test_a_penalty_keeps_d_as_well(lab):
    lab.advance(2)
    D = lab.training.D
    lab.cure.value = "R1 at the data"
    assert lab.training.D is D and lab.training.penalty is CURES["R1 at the data"].penalty
    lab.cure.value = "nothing"
    assert lab.training.D is D and lab.training.penalty is None


def test_packs_mend_a_collapsed_g_while_it_trains():
    lab = PlaneLab()
    lab.tries.value = "G too fast: mode collapse"
    lab.advance(500)
    samples = lab.training.G(lab.z)[:, :, 0, 0].detach()
    collapsed = lab.data.evenness(samples)
    lab.cure.value = "packs of 2"
    lab.advance(400)
    mended = lab.data.evenness(lab.training.G(lab.z)[:, :, 0, 0].detach())
    assert collapsed < 0.6 and mended > 0.85
    lab.close()


def test_the_map_of_a_d_of_packs_is_that_of_a_sample_beside_g_s_others():
    lab = PlaneLab(cure="packs of 2", hidden=8)
    samples = lab.training.G(lab.z)[:, :, 0, 0].detach()
    places = torch.tensor([[0.3, 0.2], [-0.5, 0.1]])
    with torch.no_grad():
        wanted = torch.stack([lab.training.D(torch.stack([place, other])) for place in places for other in samples[:8]])
        found = lab.training.D.beside(places, samples)
    torch.testing.assert_close(found, wanted.view(2, 8).mean(1))
    lab.close()
