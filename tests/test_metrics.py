"""Measures of quality where the right answer is known."""

import math

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlib import metrics
from ganlib.models import ConvNet

F = 6


def points(n, width=F, seed=0):
    return torch.randn(n, width, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def exact_set(mean, covariance, n=60, seed=0):
    """Make n points whose sample mean and sample covariance (divided by n - 1) are exactly the given ones."""
    mean, covariance = torch.as_tensor(mean).double(), torch.as_tensor(covariance).double()
    white = points(n, len(mean), seed)
    white = white - white.mean(0)
    white = white @ torch.linalg.inv(torch.linalg.cholesky(torch.cov(white.T))).T
    values, vectors = torch.linalg.eigh(covariance)
    return mean + white @ (vectors * values.clamp(min=0).sqrt()) @ vectors.T


def random_covariance(seed, width=F):
    root = points(width, width, seed)
    return root @ root.T + 0.1 * torch.eye(width)


def by_the_book(mean_a, A, mean_b, B):
    """Heusel et al. 2017, eq. 6, with scipy's root of the product of the covariances."""
    root = scipy.linalg.sqrtm((A @ B).numpy())
    difference = np.asarray(mean_a) - np.asarray(mean_b)
    return float(difference @ difference + np.trace(A.numpy() + B.numpy() - 2 * np.real(root)))


def test_the_made_sets_are_exact():
    A = random_covariance(1)
    made = exact_set(torch.arange(F), A)
    assert torch.allclose(made.mean(0), torch.arange(F).double(), atol=1e-12)
    assert torch.allclose(torch.cov(made.T), A, atol=1e-10)


def test_equal_sets_have_distance_zero_in_any_order():
    a = points(50)
    assert metrics.frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert metrics.frechet_distance(a, a.flip(0)) == pytest.approx(0, abs=1e-9)


def test_a_shifted_set_is_as_far_as_its_shift_squared():
    a, shift = points(50), torch.tensor([3.0, 0, 0, -4.0, 0, 0])
    assert metrics.frechet_distance(a, a + shift) == pytest.approx(25, rel=1e-10)


@pytest.mark.parametrize("factor", [0.0, 0.5, 3.0])
def test_a_scaled_set(factor):
    """B = s^2 A: Tr(A + s^2 A - 2 s A) = (1 - s)^2 Tr A."""
    a = exact_set(torch.zeros(F), random_covariance(2))
    trace = float(torch.cov(a.T).trace())
    assert metrics.frechet_distance(a, factor * a) == pytest.approx((1 - factor) ** 2 * trace, rel=1e-9)


def test_covariances_that_commute():
    """Along common axes the distances of the standard deviations add up."""
    one, other = torch.tensor([[1.0, 2, 3, 4, 5, 6], [6.0, 2, 1, 0.5, 5, 0.1]]).double()
    a, b = exact_set(torch.zeros(F), one.square().diag()), exact_set(torch.ones(F), other.square().diag(), 80, seed=1)
    expected = F + float((one - other).square().sum())
    assert metrics.frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_covariances_that_do_not_commute(seed):
    A, B = random_covariance(seed), random_covariance(seed + 10)
    assert not torch.allclose(A @ B, B @ A)
    mean_a, mean_b = points(2, F, seed + 20)
    a, b = exact_set(mean_a, A), exact_set(mean_b, B, 90, seed=1)
    expected = by_the_book(mean_a, A, mean_b, B)
    assert metrics.frechet_distance(a, b) == pytest.approx(expected, rel=1e-8)
    assert metrics.frechet_distance(b, a) == pytest.approx(expected, rel=1e-8)


def test_covariances_without_full_rank():
    """Sets in two planes that share one axis: only that axis' deviations meet."""
    A, B = torch.diag(torch.tensor([4.0, 9, 0, 0, 0, 0])), torch.diag(torch.tensor([0, 1.0, 16, 0, 0, 0]))
    found = metrics.frechet_distance(exact_set(torch.zeros(F), A), exact_set(torch.zeros(F), B, seed=3))
    assert found == pytest.approx((4 + 9) + (1 + 16) - 2 * (3 * 1), rel=1e-8)
    still = torch.ones(20, F)
    assert metrics.frechet_distance(still, still + 2) == pytest.approx(4 * F, rel=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_the_distance_does_not_depend_on_the_axes(seed):
    a, b = points(40, seed=seed), 2 * points(30, seed=seed + 1) + 1
    rotation = torch.linalg.qr(points(F, seed=seed + 2)).Q
    turned = metrics.frechet_distance(a @ rotation, b @ rotation)
    assert turned == pytest.approx(metrics.frechet_distance(a, b), rel=1e-8)
    assert turned >= 0


def test_float32_features_lose_little():
    a, b = points(200), points(200, seed=1) + 0.5
    assert metrics.frechet_distance(a.float(), b.float()) == pytest.approx(metrics.frechet_distance(a, b), rel=1e-5)


def test_sets_that_give_no_covariance_are_refused():
    enough, few = points(2 * F), points(2 * F - 1)
    assert metrics.frechet_distance(enough, enough) >= 0
    with pytest.raises(ValueError, match="first set has 11 rows for 6 features.*at least 12.*draw more"):
        metrics.frechet_distance(few, enough)
    with pytest.raises(ValueError, match="second set has 11 rows"):
        metrics.frechet_distance(enough, few)
    with pytest.raises(ValueError, match="equal width"):
        metrics.frechet_distance(enough, points(20, F + 1))
    for wrong in (math.nan, math.inf):
        broken = enough.clone()
        broken[3, 2] = wrong
        with pytest.raises(ValueError, match="NaN or infinite"):
            metrics.frechet_distance(enough, broken)


def test_identical_sets_have_full_precision_and_recall():
    a = points(40)
    assert metrics.precision_recall(a, a) == (1.0, 1.0)


def test_sets_far_apart_have_none():
    assert metrics.precision_recall(points(40), points(30, seed=1) + 1e3) == (0.0, 0.0)


def test_samples_of_half_the_data_are_precise_but_recall_half():
    left, right = points(30), points(30, seed=1) + 1e3
    assert metrics.precision_recall(torch.cat([left, right]), left) == (1.0, 0.5)
    assert metrics.precision_recall(left, torch.cat([left, right])) == (0.5, 1.0)


def test_precision_by_hand_on_a_line():
    """Real 0, 1, 3, 7: with k = 1 the radii are 1, 1, 2, 4, so the balls cover [-1, 11]."""
    real = torch.tensor([[0.0], [1], [3], [7]])
    fake = torch.tensor([[-1.5], [-1.0], [2.0], [11.0], [11.5]])
    precision, recall = metrics.precision_recall(real, fake, k=1)
    assert precision == pytest.approx(3 / 5)
    # fakes' radii: 0.5, 0.5, 3, 0.5, 0.5: they cover [-2, -0.5], [-1, 5], [10.5, 12]
    assert recall == pytest.approx(3 / 4)


def test_duplicates_have_balls_of_radius_zero():
    real, fake = torch.zeros(5, 2), torch.full((5, 2), 1e-3)
    assert metrics.precision_recall(real, fake) == (0.0, 0.0)


def test_too_few_points_for_their_neighbours_are_refused():
    with pytest.raises(ValueError, match="more than k=3"):
        metrics.precision_recall(points(3), points(10))


def votes(counts, sure=0.7):
    """Probabilities with `counts[k]` images given to class k."""
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    table = torch.full((len(labels), len(counts)), (1 - sure) / (len(counts) - 1))
    table[torch.arange(len(labels)), labels] = sure
    return table


def test_class_shares_entropy_and_coverage():
    even, one = votes([10] * 10), votes([0, 50, 0, 0])
    assert metrics.class_shares(even).tolist() == pytest.approx([0.1] * 10)
    assert metrics.class_entropy(even) == pytest.approx(math.log(10))
    assert str(metrics.class_entropy(one)) == "0.0"  # and not -0.0
    assert metrics.class_shares(one).tolist() == [0, 1, 0, 0]
    assert metrics.class_entropy(votes([30, 10])) == pytest.approx(-0.75 * math.log(0.75) - 0.25 * math.log(0.25))
    assert metrics.classes_covered(votes([97, 2, 1])) == 2
    assert metrics.classes_covered(votes([97, 2, 1]), least=0.01) == 3
    assert metrics.classes_covered(votes([97, 2, 1]), least=0.05) == 1


def test_confidence_is_the_mean_of_the_largest_probability():
    assert metrics.mean_confidence(torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.0, 0.9]])) == pytest.approx(0.7)
    assert metrics.mean_confidence(torch.full((4, 10), 0.1)) == pytest.approx(0.1)


@pytest.mark.parametrize("n", [3, 700])
def test_nearest_neighbours_are_those_of_a_plain_search(n):
    queries, references = points(n, 16).view(n, 1, 4, 4).float(), points(90, 16, seed=1).view(90, 1, 4, 4).float()
    table = (queries[:, None] - references[None]).flatten(2).square().sum(2).sqrt()
    distances, positions = metrics.nearest_neighbours(queries, references)
    assert torch.equal(positions, table.argmin(1))
    assert torch.allclose(distances, table.min(1).values, atol=1e-5)


def test_a_copy_is_its_originals_nearest_neighbour_at_distance_zero():
    references = torch.rand(200, 1, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    distances, positions = metrics.nearest_neighbours(references[30:60], references)
    assert positions.tolist() == list(range(30, 60))
    assert distances.max() == 0


def test_neighbours_among_none_are_refused():
    with pytest.raises(ValueError, match="no references"):
        metrics.nearest_neighbours(points(3), points(0))


@pytest.fixture(scope="module")
def classifier():
    torch.manual_seed(0)
    return ConvNet(classes=10, width=4, width_features=8)


def images(n, seed=0):
    return torch.rand(n, 1, 16, 16, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_classifying_is_done_in_eval_mode_and_in_parts(classifier, monkeypatch):
    classifier.train()
    before = {name: tensor.clone() for name, tensor in classifier.state_dict().items()}
    features, probabilities = metrics.classify(classifier, images(30))
    assert classifier.training and all(torch.equal(t, before[name]) for name, t in classifier.state_dict().items())
    monkeypatch.setattr(metrics.samples, "CHUNK", 7)
    in_parts, _ = metrics.classify(classifier, images(30))
    assert torch.allclose(features, in_parts, atol=1e-6)
    with torch.no_grad():
        assert torch.allclose(probabilities, classifier.eval()(images(30)).softmax(1), atol=1e-6)
    assert features.shape == (30, 8) and not features.requires_grad
    assert torch.allclose(probabilities.sum(1), torch.ones(30))


def test_evaluating_puts_the_measures_together(classifier):
    real, fake = images(60), images(40, seed=1) * 0.5
    found = metrics.evaluate(classifier, fake, real)
    features, probabilities = metrics.classify(classifier, fake)
    reference, _ = metrics.classify(classifier, real)
    precision, recall = metrics.precision_recall(reference, features)
    assert (found.precision, found.recall, found.n) == (precision, recall, 40)
    assert found.frechet == pytest.approx(metrics.frechet_distance(reference, features), rel=1e-9)
    assert found.confidence == metrics.mean_confidence(probabilities)
    assert found.entropy == metrics.class_entropy(probabilities)
    assert found.classes == metrics.classes_covered(probabilities)
    assert set(found.as_dict()) == {"n", "classes", "confidence", "entropy", "frechet", "precision", "recall"}
    assert found.as_dict()["frechet"] == round(found.frechet, 4)
    assert f"{found.classes} classes" in str(found) and "40 samples" in str(found)
