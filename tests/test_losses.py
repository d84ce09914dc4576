"""Losses against their closed forms, far out, and at the optima that the papers promise."""

import math

import pytest
import torch

from ganlib import losses

LOGITS_REAL = torch.tensor([-30.0, -3.5, -0.25, 0.0, 0.7, 4.0, 21.0, 30.0], dtype=torch.float64)
LOGITS_FAKE = torch.tensor([-28.0, -21.0, -2.0, 0.0, 0.1, 1.5, 25.0], dtype=torch.float64)


def mean(values):
    values = list(values)
    return math.fsum(values) / len(values)


def minus_log_sigmoid(logit):
    return math.log1p(math.exp(-logit)) if logit > -100 else -logit


def closed_forms(real, fake):
    """Return name -> (loss_D, loss_G), computed with Python's own floats."""
    real, fake = real.tolist(), fake.tolist()
    entropy = mean(map(minus_log_sigmoid, real)) + mean(minus_log_sigmoid(-l) for l in fake)
    score_G = -mean(fake)
    return {
        "minimax": (entropy, -mean(minus_log_sigmoid(-l) for l in fake)),
        "non_saturating": (entropy, mean(map(minus_log_sigmoid, fake))),
        "least_squares": (
            mean((l - 1) ** 2 for l in real) / 2 + mean(l**2 for l in fake) / 2,
            mean((l - 1) ** 2 for l in fake) / 2,
        ),
        "wasserstein": (mean(fake) - mean(real), score_G),
        "hinge": (mean(max(0, 1 - l) for l in real) + mean(max(0, 1 + l) for l in fake), score_G),
    }


@pytest.mark.parametrize("name", losses.BY_NAME)
def test_losses_equal_their_closed_forms(name):
    loss = losses.BY_NAME[name]
    expected_D, expected_G = closed_forms(LOGITS_REAL, LOGITS_FAKE)[name]
    assert float(loss.D(LOGITS_REAL, LOGITS_FAKE)) == pytest.approx(expected_D, rel=1e-12, abs=1e-12)
    assert float(loss.G(LOGITS_FAKE)) == pytest.approx(expected_G, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("logit", [12.0, 19.9, 20.1, 25.0, 36.0])
def test_cross_entropy_keeps_its_digits_where_sigmoid_saturates(logit):
    # softplus(l) = l + log1p(exp(-l)); torch's own softplus drops the second term beyond 20
    value = losses.cross_entropy_D(torch.tensor([-logit], dtype=torch.float64), torch.tensor([-1e3]).double())
    assert value.item() == pytest.approx(logit + math.log1p(math.exp(-logit)), rel=0, abs=1e-14 * logit)


@pytest.mark.parametrize("name", losses.BY_NAME)
@pytest.mark.parametrize("size", [80.0, 1e4])
@pytest.mark.parametrize("signs", [(1, -1), (-1, 1), (1, 1), (-1, -1)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_losses_and_their_gradients_stay_finite_and_right_far_out(name, size, signs, dtype):
    real = torch.full((4,), signs[0] * size, dtype=dtype, requires_grad=True)
    fake = torch.full((6,), signs[1] * size, dtype=dtype, requires_grad=True)
    loss = losses.BY_NAME[name]
    for value, position in ((loss.D(real, fake), 0), (loss.G(fake), 1)):
        expected = closed_forms_far(name, signs, size)[position]
        assert value.item() == pytest.approx(expected, rel=1e-6, abs=1e-30)
        for gradient in torch.autograd.grad(value, (real, fake), allow_unused=position == 1):
            assert gradient is None or gradient.isfinite().all()


def closed_forms_far(name, signs, size):
    """What the losses are when e^-size is nothing beside 1."""
    real, fake = signs[0] * size, signs[1] * size
    tiny = math.exp(-size)
    soft = {size: size, -size: tiny}
    entropy = soft[-real] + soft[fake]
    return {
        "minimax": (entropy, -soft[fake]),
        "non_saturating": (entropy, soft[-fake]),
        "least_squares": ((real - 1) ** 2 / 2 + fake**2 / 2, (fake - 1) ** 2 / 2),
        "wasserstein": (fake - real, -fake),
        "hinge": (max(0, 1 - real) + max(0, 1 + fake), -fake),
    }[name]


def test_a_sure_discriminator_stops_the_saturating_generator_only():
    far = torch.tensor([-80.0], requires_grad=True)
    (saturated,) = torch.autograd.grad(losses.minimax_G(far), far)
    (rescued,) = torch.autograd.grad(losses.non_saturating_G(far), far)
    assert abs(saturated.item()) < 1e-30
    assert rescued.item() == pytest.approx(-1)


def test_minimax_is_zero_sum_in_the_fakes():
    part = losses.cross_entropy_D(torch.tensor([1e3]).double(), LOGITS_FAKE)
    assert float(part + losses.minimax_G(LOGITS_FAKE)) == pytest.approx(0, abs=1e-14)


def test_a_guessing_discriminator_pays_two_ln_2():
    zeros = torch.zeros(5, dtype=torch.float64)
    assert float(losses.cross_entropy_D(zeros, zeros)) == pytest.approx(2 * math.log(2), abs=1e-15)
    assert float(losses.non_saturating_G(zeros)) == pytest.approx(math.log(2), abs=1e-15)
    assert float(losses.minimax_G(zeros)) == pytest.approx(-math.log(2), abs=1e-15)


# three places x; how often each occurs among 8 real and 8 fake examples
P, Q = torch.tensor([1, 3, 4]), torch.tensor([5, 2, 1])


def loss_of_table(loss_D, scores):
    """Apply a D that looks its score up in a table to 8 real and 8 fake examples."""
    places = torch.arange(3)
    return loss_D(scores[places.repeat_interleave(P)], scores[places.repeat_interleave(Q)])


@pytest.mark.parametrize(
    "loss_D, best",
    [
        (losses.cross_entropy_D, torch.log(P / Q)),  # sigmoid of it: p / (p + q)
        (lambda real, fake: losses.cross_entropy_D(real, fake, 0.9), torch.logit(0.9 * P / (P + Q))),
        (losses.least_squares_D, P / (P + Q)),
    ],
    ids=["cross entropy", "smoothed", "least squares"],
)
def test_the_best_discriminator_is_the_one_of_the_papers(loss_D, best):
    best = best.double().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_of_table(loss_D, best), best)
    assert slope.abs().max() < 1e-7
    lowest = loss_of_table(loss_D, best)
    for step in torch.eye(3).double():
        assert loss_of_table(loss_D, best + 0.1 * step) > lowest
        assert loss_of_table(loss_D, best - 0.1 * step) > lowest


def test_the_best_value_is_twice_the_jensen_shannon_divergence_below_ln_4():
    p, q = P.double() / 8, Q.double() / 8
    middle = (p + q) / 2
    divergence = 0.5 * (p * (p / middle).log() + q * (q / middle).log()).sum()
    lowest = loss_of_table(losses.cross_entropy_D, torch.log(P.double() / Q))
    assert lowest.item() == pytest.approx(math.log(4) - 2 * float(divergence), abs=1e-12)


@pytest.mark.parametrize("real_target", [0.0, -0.1, 1.1, math.nan])
def test_an_impossible_target_is_refused(real_target):
    with pytest.raises(ValueError, match="real_target"):
        losses.cross_entropy_D(LOGITS_REAL, LOGITS_FAKE, real_target)


@pytest.mark.parametrize("name", losses.BY_NAME)
def test_derivatives_agree_with_differences(name):
    real = torch.tensor([-2.3, 0.4, 3.1], dtype=torch.float64, requires_grad=True)
    fake = torch.tensor([-1.7, 0.3, 2.2], dtype=torch.float64, requires_grad=True)
    loss = losses.BY_NAME[name]
    assert torch.autograd.gradcheck(loss.D, (real, fake))
    assert torch.autograd.gradcheck(loss.G, (fake,))
    assert torch.autograd.gradgradcheck(loss.D, (real, fake))


class Linear(torch.nn.Module):
    """D(x) = w·x, whose gradient is w everywhere; it remembers where it was asked."""

    def __init__(self, w):
        super().__init__()
        self.w = torch.nn.Parameter(torch.tensor(w, dtype=torch.float64))

    def forward(self, x):
        self.seen = x.detach()
        return x.flatten(1) @ self.w


def images(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_zero_centred_penalty_of_a_linear_D():
    D = Linear([3.0, 4.0, 0.0, 0.0])
    penalty = losses.zero_centred_penalty(D, images(5, 1, 2, 2), weight=0.5)
    assert penalty.item() == pytest.approx(0.5 * 0.5 * 25, abs=1e-12)
    penalty.backward()
    assert torch.allclose(D.w.grad, 0.5 * D.w.detach(), rtol=0, atol=1e-12)


def test_gradient_penalty_of_a_linear_D():
    D = Linear([3.0, 4.0, 0.0, 0.0])
    penalty = losses.gradient_penalty(D, images(5, 1, 2, 2), images(5, 1, 2, 2, seed=1), weight=10)
    assert penalty.item() == pytest.approx(10 * (5 - 1) ** 2, rel=1e-12)
    penalty.backward()
    assert torch.allclose(D.w.grad, 10 * 2 * 4 * D.w.detach() / 5, rtol=1e-12)


def test_penalties_of_a_quadratic_D():
    A = images(3, 3)
    A = A + A.T
    x = images(7, 3, seed=1)

    def D(x):
        return 0.5 * ((x @ A) * x).sum(1)

    norms = (x @ A).norm(dim=1)
    assert losses.zero_centred_penalty(D, x, weight=2).item() == pytest.approx(float(norms.square().mean()), rel=1e-12)
    between = losses.gradient_penalty(D, x, x.clone(), weight=1)
    assert between.item() == pytest.approx(float((norms - 1).square().mean()), rel=1e-10)


def test_the_gradient_penalty_is_taken_between_real_and_fake():
    D = Linear([1.0, 0.0])
    x_real, x_fake = torch.zeros(100, 2).double(), torch.tensor([[2.0, 4.0]]).double().expand(100, 2)
    losses.gradient_penalty(D, x_real, x_fake, generator=torch.Generator().manual_seed(0))
    share = D.seen[:, 0] / 2
    assert torch.allclose(D.seen[:, 1] / 4, share)  # on the line between the two
    assert share.min() < 0.1 and share.max() > 0.9 and share.unique().numel() == 100
    again = D.seen
    losses.gradient_penalty(D, x_real, x_fake, generator=torch.Generator().manual_seed(0))
    assert torch.equal(D.seen, again)


def test_a_flat_D_has_a_finite_penalty_and_gradient():
    D = Linear([0.0, 0.0])
    penalty = losses.gradient_penalty(D, images(4, 2), images(4, 2, seed=1), weight=1)
    assert penalty.item() == pytest.approx(1, abs=1e-5)
    penalty.backward()
    assert D.w.grad.isfinite().all()


def test_penalties_leave_the_images_without_gradient_and_work_where_gradients_are_off():
    D = Linear([1.0, 2.0])
    x = images(3, 2).requires_grad_(True)
    losses.zero_centred_penalty(D, x).backward()
    assert x.grad is None
    with torch.no_grad():
        assert losses.zero_centred_penalty(D, x).item() == pytest.approx(2.5)


def test_different_shapes_are_refused():
    with pytest.raises(ValueError, match="same shape"):
        losses.gradient_penalty(Linear([1.0, 2.0]), images(3, 2), images(4, 2))


def test_derivatives_of_the_penalty_agree_with_differences():
    x, weight = images(4, 3), images(3, 2, seed=1).requires_grad_(True)
    last = images(2, seed=2).requires_grad_(True)

    def penalty(weight, last):
        return losses.zero_centred_penalty(lambda x: torch.tanh(x @ weight) @ last, x)

    assert torch.autograd.gradcheck(penalty, (weight, last))
