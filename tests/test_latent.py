"""Step sizes and directions in z, on generators whose answer is known."""

import pytest
import torch
from torch import nn
from widget_stand_in import Linear

from ganlib import latent, pretrained
from ganlib.data import Dataset, load
from ganlib.metrics import attributes
from ganlib.models import DCGANGenerator, MLPGenerator, generate


def drawn(n=4000, z_dim=6, seed=0):
    return torch.randn(n, z_dim, generator=torch.Generator().manual_seed(seed))


# Ways


def test_even_places_cut_a_way_into_equal_parts():
    t = torch.linspace(0, 1, 101)
    curve = torch.stack([t**3, torch.zeros(101)], 1)  # slow at first, then quick
    places = latent.even_places(t, latent.step_lengths(curve), 6)
    torch.testing.assert_close(places**3, torch.linspace(0, 1, 6).to(places), atol=1e-3, rtol=0)
    assert places[0] == 0 and places[-1] == 1 and (places.diff() > 0).all()


@pytest.mark.parametrize("count, lengths", [(1, torch.ones(4)), (3, torch.ones(5)), (3, torch.zeros(4))])
def test_a_way_without_parts_or_length_is_refused(count, lengths):
    with pytest.raises(ValueError, match="4 lengths"):
        latent.even_places(torch.linspace(0, 1, 5), lengths, count)


def test_path_length_of_a_linear_generator_has_a_formula():
    """G(z) = A z: along straight lines the squared speed is |A (b - a)|^2, whose mean is 2 |A|_F^2."""
    G = Linear(torch.randn(6, 12, generator=torch.Generator().manual_seed(1)), (1, 3, 4))
    found = latent.path_length(G, lambda x: x.flatten(1), pairs=4000, spherical=False)
    assert found == pytest.approx(2 * float(G.matrix.detach().square().sum()), rel=0.05)
    assert latent.path_length(G, lambda x: 2 * x.flatten(1), pairs=50) == pytest.approx(
        4 * latent.path_length(G, lambda x: x.flatten(1), pairs=50), rel=1e-4
    )


# Directions with labels


def test_both_recipes_find_the_direction_that_decides():
    z = drawn()
    has = torch.stack([z[:, 0] > 0, z[:, 1] + z[:, 2] > 0.5], 1)
    wanted = nn.functional.normalize(torch.tensor([[1.0, 0, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0]]), dim=1)
    means = nn.functional.normalize(latent.mean_differences(z, has), dim=1)
    assert ((means * wanted).sum(1) > 0.99).all()
    normals = latent.boundary_normals(z, has)
    assert ((normals * wanted).sum(1) > 0.99).all()
    torch.testing.assert_close(normals.norm(dim=1), torch.ones(2))
    assert latent.mean_differences(z, has)[0, 0] == pytest.approx(2 * (2 / torch.pi) ** 0.5, abs=0.05)


def test_a_boundary_keeps_to_itself_where_attributes_come_together():
    z = drawn()
    z[:, 1] += 1.5 * z[:, 0]  # not round: what z[0] decides goes along with z[1]
    has = (z[:, 0] > 0)[:, None]
    means, normals = latent.mean_differences(z, has)[0], latent.boundary_normals(z, has)[0]
    assert abs(normals[1] / normals[0]) < 0.2 < abs(means[1] / means[0])


def test_an_attribute_that_all_have_is_refused():
    with pytest.raises(ValueError, match="in some and missing in others"):
        latent.mean_differences(drawn(10), torch.ones(10, 1, dtype=torch.bool))


def test_apart_leaves_nothing_of_the_others():
    directions = torch.randn(3, 6, generator=torch.Generator().manual_seed(2))
    separate = latent.apart(directions)
    products = separate @ directions.T
    assert (products - torch.diag(products.diag())).abs().max() < 1e-5 and (products.diag() > 0).all()
    torch.testing.assert_close(separate.norm(dim=1), directions.norm(dim=1))
    with pytest.raises(ValueError, match="direction 0 lies in the span"):
        latent.apart(torch.stack([directions[0] + directions[1], directions[0], directions[1]]))


# Directions without labels


def stretched() -> MLPGenerator:
    """A generator whose first layer stretches z[3] most, then z[1], and nearly forgets the others."""
    torch.manual_seed(0)
    G = MLPGenerator(6, [32], (1, 4, 4))
    with torch.no_grad():
        layer = latent.first_layer(G)
        frame = torch.linalg.qr(torch.randn(32, 6)).Q
        layer.weight.copy_(frame * torch.tensor([0.01, 2.0, 0.01, 5.0, 0.01, 0.01]))
        layer.bias.zero_()
    return G


@pytest.mark.parametrize("find", [latent.closed_form_directions, latent.activation_directions])
def test_directions_without_labels_are_those_that_the_first_layer_stretches(find):
    found = find(stretched(), 2)
    torch.testing.assert_close(found.norm(dim=1), torch.ones(2))
    assert found[0, 3] > 0.98 and found[1, 1] > 0.95


def test_the_first_layer_is_found_in_both_kinds_of_generators_and_missed_elsewhere():
    assert latent.first_layer(DCGANGenerator(5, [8, 4], (1, 8, 8))).in_features == 5
    with pytest.raises(TypeError, match="does not enter Linear"):
        latent.first_layer(Linear(torch.ones(3, 4), (1, 2, 2)))


def test_looking_for_directions_leaves_the_generator_as_it_was():
    G = DCGANGenerator(5, [8, 4], (1, 8, 8)).train()
    before = [tensor.clone() for tensor in G.state_dict().values()]
    latent.activation_directions(G, 2, samples=100)
    assert G.training and all(torch.equal(a, b) for a, b in zip(before, G.state_dict().values()))
    assert all(not layer._forward_hooks for layer in G.modules())


def test_effects_are_differences_of_what_is_read():
    G = Linear(torch.eye(4), (1, 2, 2))
    effect = latent.effects(G, lambda x: x.flatten(1), drawn(20, 4), torch.tensor([[0, 3.0, 0, 0], [1, 1, 0, 0]]), 2.0)
    half = 4 / 2**0.5
    torch.testing.assert_close(effect, torch.tensor([[0, 4.0, 0, 0], [half, half, 0, 0]]), atol=1e-5, rtol=0)


# Attributes of faces


def test_targets_follow_the_drawn_attributes():
    faces = load("sketch_faces", size=16, limit=60)
    has = attributes.targets(faces)
    column = attributes.NAMES.index
    assert torch.equal(has[:, column("man")], faces.labels >= 2)
    assert torch.equal(has[:, column("glasses")], faces.labels % 2 == 1)
    assert torch.equal(has[:, column("hat")], faces.attributes["hat"] != 0)
    with pytest.raises(ValueError, match="load sketch_faces"):
        attributes.targets(Dataset("others", torch.zeros(2, 3, 4, 4)))


def test_the_shipped_reader_reads_what_the_index_says_and_what_the_notebook_needs():
    reader, quality = pretrained.load("faces-attributes"), pretrained.index()["faces-attributes"].quality
    assert set(quality) == set(attributes.NAMES) and min(quality.values()) > 0.8
    faces = load("sketch_faces", "test", size=32, limit=400)
    right = ((attributes.read(reader, faces.images) > 0.5) == attributes.targets(faces)).float().mean(0)
    for name, share in zip(attributes.NAMES, right.tolist()):
        assert share == pytest.approx(quality[name], abs=0.05)


def test_named_directions_of_the_shipped_faces_do_what_their_names_say():
    G, reader = pretrained.load("faces-dcgan"), pretrained.load("faces-attributes")
    z = drawn(1500, G.z_dim)
    has = attributes.read(reader, generate(G, z)) > 0.5
    directions = latent.mean_differences(z, has)
    effect = latent.effects(G, lambda x: attributes.read(reader, x), z[:100], directions)
    assert (effect.diag() > 0.15).all() and effect.diag().mean() > 0.4


@pytest.mark.slow
def test_a_part_of_the_reader_s_recipe_comes_near_to_what_was_recorded():
    from ganlib.recipes import RECIPES

    _, measured = RECIPES["faces-attributes"].train(steps=300)
    recorded = pretrained.index()["faces-attributes"].quality
    assert all(measured[name] > recorded[name] - 0.1 for name in ("man", "glasses", "hat", "open mouth", "light hair"))
