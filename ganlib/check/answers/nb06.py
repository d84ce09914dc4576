"""References and mistakes of notebook 06."""

from __future__ import annotations

import torch
from torch.nn.functional import softplus

from ganlib.check.answers.tools import gan_weights
from ganlib.check.exercise import Exercise, Mistake
from ganlib.losses import cross_entropy_D, non_saturating_G


def density_inputs(rng, case):
    n = [1, 4, 7, 5][case]
    return {"p": rng.uniform(0.1, 2.0, n), "q": rng.uniform(0.1, 2.0, n) * [1, 1, 1, 1e-3][case]}


BEST_D = Exercise(
    id="06-1",
    name="best_D",
    title="what the best possible D says",
    drive="drive_best_D",
    inputs=density_inputs,
    answer=lambda p, q: p / (p + q),
    mistakes=(
        Mistake("That is the probability that the point is *fake*. D says how likely it is to be real.",
                lambda p, q: q / (p + q)),
        Mistake("That is the ratio of the two densities, which can be any positive number. A probability is due.",
                lambda p, q: p / q),
        Mistake("That is the ratio of the two densities, the wrong way up too. A probability is due.",
                lambda p, q: q / p),
        Mistake("That is the logit of the best D, log p - log q. Here its probability is asked for.",
                lambda p, q: (p / q).log()),
        Mistake("The sigmoid belongs around the *logarithm* of the ratio.", lambda p, q: (p / q).sigmoid()),
        Mistake("The sigmoid of a difference of densities is not it: set the derivative of the integrand to zero.",
                lambda p, q: (p - q).sigmoid()),
        Mistake("You divide by a sum over all points. The best D decides at each point by itself.",
                lambda p, q: p / (p + q).sum()),
        Mistake("1/2 is D's answer only where the two densities agree. In general it depends on the point.",
                lambda p, q: 0.5 + 0 * p),
        Mistake("Twice too small: p + q is due below, not 2(p + q).", lambda p, q: p / (p + q) / 2),
        Mistake("A yes or a no: that is what you conclude from D. D itself says how sure it is.",
                lambda p, q: (p > q).float()),
    ),
)  # fmt: skip


def logits_inputs(rng, case):
    n, m = [(2, 2), (4, 4), (5, 3), (6, 6)][case]
    scale = [1, 1, 2, 60][case]  # the last case is where log(sigmoid) loses its digits
    return {"logits_real": rng.normal(0.5, 1, n) * scale, "logits_fake": rng.normal(-0.5, 1, m) * scale}


def log_of_sigmoid_D(real, fake):
    return -real.sigmoid().log().mean() - (1 - fake.sigmoid()).log().mean()


def mean_of_all_D(real, fake):
    return torch.cat([softplus(-real), softplus(fake)]).mean()


LOGITS = "Right on paper, but when D is sure the sigmoid rounds to 0 or 1 and the logarithm to -inf. Use softplus."
TWICE = "The sigmoid is applied twice: softplus, like BCEWithLogitsLoss, already contains it. Give it the bare logits."

LOSS_D = Exercise(
    id="06-2",
    name="loss_D",
    title="the discriminator's loss, on logits",
    drive="drive_loss_D",
    inputs=logits_inputs,
    answer=cross_entropy_D,
    mistakes=(
        Mistake("That is the value V that D should make large. An optimiser makes things small: turn the sign round.",
                lambda r, f: -cross_entropy_D(r, f)),
        Mistake("Real and fake are swapped: D is rewarded for calling real pictures fake.",
                lambda r, f: softplus(r).mean() + softplus(-f).mean()),
        Mistake(TWICE, lambda r, f: cross_entropy_D(r.sigmoid(), f.sigmoid())),
        Mistake(LOGITS, log_of_sigmoid_D),
        Mistake("You sum over the batch where an expectation is asked for: take the mean.",
                lambda r, f: softplus(-r).sum() + softplus(f).sum()),
        Mistake("One number a picture came back. An expectation is one number: take the mean over the batch.",
                lambda r, f: softplus(-r) + softplus(f)),
        Mistake("That is half of it: the two expectations are added, not averaged.",
                lambda r, f: cross_entropy_D(r, f) / 2),
        Mistake("You take one mean over real and fake pictures together. Each has its own expectation; add the two.",
                mean_of_all_D),
        Mistake("The fakes are missing: D would call everything real.", lambda r, f: softplus(-r).mean() + 0 * f.sum()),
        Mistake("The real pictures are missing: D would call everything fake.",
                lambda r, f: softplus(f).mean() + 0 * r.sum()),
        Mistake("Both terms push their logits up: D is to call fakes fake. -log(1 - sigmoid(l)) is softplus(+l).",
                lambda r, f: softplus(-r).mean() + softplus(-f).mean()),
        Mistake("Both terms push their logits down: D is to call real pictures real. -log sigmoid(l) is softplus(-l).",
                lambda r, f: softplus(r).mean() + softplus(f).mean()),
        Mistake("You subtract the second expectation. Both are losses: add them.",
                lambda r, f: softplus(-r).mean() - softplus(f).mean()),
        Mistake("You return the probabilities' mean, without the logarithm.",
                lambda r, f: -r.sigmoid().mean() - (1 - f.sigmoid()).mean()),
    ),
)  # fmt: skip


def fake_inputs(rng, case):
    return {"logits_fake": rng.normal(-0.5, 1, [2, 4, 7, 6][case]) * [1, 1, 2, 60][case]}


LOSS_G = Exercise(
    id="06-3",
    name="loss_G",
    title="the generator's loss, on logits",
    drive="drive_loss_G",
    inputs=fake_inputs,
    answer=non_saturating_G,
    mistakes=(
        Mistake("That is the minimax loss, E log(1 - D(G(z))). Its gradient vanishes where D is sure, which is where "
                "G needs it most. Write the other one.", lambda f: -softplus(f).mean()),
        Mistake("With this G learns to be caught: it is D's term, or the sign of the logit is the wrong way round.",
                lambda f: softplus(f).mean()),
        Mistake("That is E log D(G(z)), which G should make large. An optimiser makes things small: turn the sign.",
                lambda f: -softplus(-f).mean()),
        Mistake(TWICE, lambda f: softplus(-f.sigmoid()).mean()),
        Mistake(LOGITS, lambda f: -f.sigmoid().log().mean()),
        Mistake("You sum over the batch where an expectation is asked for: take the mean.",
                lambda f: softplus(-f).sum()),
        Mistake("One number a picture came back. An expectation is one number: take the mean over the batch.",
                lambda f: softplus(-f)),
        Mistake("You average D's logits first and take the loss of that: the expectation stands outside of the log.",
                lambda f: softplus(-f.mean())),
        Mistake("You average the probabilities first: the expectation stands outside of the log.",
                lambda f: -f.sigmoid().mean().log()),
        Mistake("That is the Wasserstein loss, -E D(G(z)) on raw scores: another GAN.", lambda f: -f.mean()),
        Mistake("That is -E D(G(z)) with probabilities: the logarithm is missing.", lambda f: -f.sigmoid().mean()),
    ),
)  # fmt: skip


def gan_inputs(rng, case):
    batch = [2, 5, 5][case]
    return gan_weights(rng) | {
        "x_real": [rng.normal(0.5, 1, size=(batch, 3)) for _ in range(3)],
        "z": [rng.normal(size=(batch, 2)) for _ in range(8)],
        "rate": 0.5,
    }


def step_of_D(loss=cross_entropy_D, fake=lambda G, z: G(z).detach(), zero=True, step=True):
    """Return an update_D; its arguments are what may be wrong with it."""

    def update_D(G, D, opt_D, x_real, z):
        value = loss(D(x_real), D(fake(G, z)))
        if zero:
            opt_D.zero_grad()
        value.backward()
        if step:
            opt_D.step()
        return value.detach()

    return update_D


def step_too_early_D(G, D, opt_D, x_real, z):
    value = cross_entropy_D(D(x_real), D(G(z).detach()))
    opt_D.step()
    opt_D.zero_grad()
    value.backward()
    return value.detach()


def training_G_too(G, D, opt_D, x_real, z):
    value = step_of_D(fake=lambda G, z: G(z))(G, D, opt_D, x_real, z)
    torch.optim.SGD(G.parameters(), lr=opt_D.param_groups[0]["lr"]).step()
    return value


UPDATE_D = Exercise(
    id="06-4",
    name="update_D",
    title="one step of the discriminator",
    drive="drive_update_D",
    inputs=lambda rng, case: gan_inputs(rng, case) | {"x_real": [rng.normal(0.5, 1, size=(4, 3)) for _ in range(2)]},
    answer=step_of_D(),
    cases=3,
    mistakes=(
        Mistake("D learns the right thing, but the error travels on into G, which costs time and leaves gradients "
                "behind: cut the graph between G and D (detach, or no_grad around G).",
                step_of_D(fake=lambda G, z: G(z))),
        Mistake("G's weights moved as well, so G was trained to be *caught*. This step belongs to D alone.",
                training_G_too),
        Mistake("The gradients of the step before are still there and add up: empty them before backward().",
                step_of_D(zero=False)),
        Mistake("D never moves: either the optimiser takes no step, or the gradients are emptied between "
                "backward() and step(), so that nothing is left to step with.", step_of_D(step=False)),
        Mistake("The optimiser steps before backward(), so it uses the gradients of the step before.",
                step_too_early_D),
        Mistake("D climbs where it should descend: the sign of the loss is the wrong way round.",
                step_of_D(lambda r, f: -cross_entropy_D(r, f))),
        Mistake("D learns to call real pictures fake and fakes real: the two are swapped.",
                step_of_D(lambda r, f: cross_entropy_D(f, r))),
        Mistake("D sees no fakes: only real pictures count in your loss.",
                step_of_D(lambda r, f: softplus(-r).mean() + 0 * f.sum())),
        Mistake("D sees no real pictures: only fakes count in your loss.",
                step_of_D(lambda r, f: softplus(f).mean() + 0 * r.sum())),
        Mistake("D is given probabilities where logits are due: the sigmoid is applied twice.",
                step_of_D(lambda r, f: cross_entropy_D(r.sigmoid(), f.sigmoid()))),
    ),
)  # fmt: skip


def step_of_G(loss=non_saturating_G, logits=lambda D, x: D(x), zero=True, step=True):
    """Return an update_G; its arguments are what may be wrong with it."""

    def update_G(G, D, opt_G, noise):
        value = loss(logits(D, G(noise())))
        if zero:
            opt_G.zero_grad()
        value.backward()
        if step:
            opt_G.step()
        return value.detach()

    return update_G


def same_noise(G, D, opt_G, noise):
    if not hasattr(G, "kept"):
        G.kept = noise()
    return step_of_G()(G, D, opt_G, lambda: G.kept)


def moving_D(G, D, opt_G, noise):
    for parameter in D.parameters():
        parameter.grad = None
    value = step_of_G()(G, D, opt_G, noise)
    torch.optim.SGD(D.parameters(), lr=opt_G.param_groups[0]["lr"]).step()
    return value


def step_too_early_G(G, D, opt_G, noise):
    value = non_saturating_G(D(G(noise())))
    opt_G.step()
    opt_G.zero_grad()
    value.backward()
    return value.detach()


def noise_twice(G, D, opt_G, noise):
    noise()
    return step_of_G()(G, D, opt_G, noise)


UPDATE_G = Exercise(
    id="06-5",
    name="update_G",
    title="one step of the generator",
    drive="drive_update_G",
    inputs=gan_inputs,
    answer=step_of_G(),
    cases=3,
    mistakes=(
        Mistake("z is drawn once and used again in the next step: draw fresh noise each time.", same_noise),
        Mistake("noise() is called twice in a step: one batch of fresh noise is enough.", noise_twice),
        Mistake("G never moves. Does a detach or no_grad cut the way from D back to it? Are the gradients emptied "
                "before backward(), and is there a step after it?", step_of_G(logits=lambda D, x: D(x.detach()))),
        Mistake("The gradients of the step before are still there and add up: empty them before backward().",
                step_of_G(zero=False)),
        Mistake("The optimiser steps before backward(), so it uses the gradients of the step before.",
                step_too_early_G),
        Mistake("D's weights moved as well, so D was trained to be *fooled*. This step belongs to G alone.", moving_D),
        Mistake("That is the minimax loss. Take loss_G, whose gradient does not vanish when D is sure.",
                step_of_G(lambda f: -softplus(f).mean())),
        Mistake("G learns to be caught: that is the sign, or D's label, the wrong way round.",
                step_of_G(lambda f: softplus(f).mean())),
        Mistake("G climbs where it should descend: turn the sign of the loss round.",
                step_of_G(lambda f: -softplus(-f).mean())),
        Mistake("D's logits are turned into probabilities first: the sigmoid is applied twice.",
                step_of_G(lambda f: softplus(-f.sigmoid()).mean())),
    ),
)  # fmt: skip


def round_of(zero_D_late=False, zero_G=True, fresh=True, detach=True, order="DG"):
    """Return a round of the whole algorithm; its arguments are what may be wrong with it."""

    def one_round(G, D, opt_G, opt_D, x_real, noise):
        z = noise()
        x_fake = G(z).detach() if detach else G(z)
        value_D = cross_entropy_D(D(x_real), D(x_fake))
        if not zero_D_late:
            opt_D.zero_grad()
        value_D.backward()
        opt_D.step()
        if zero_D_late:
            opt_D.zero_grad()
        value_G = non_saturating_G(D(G(noise() if fresh else z)))
        if zero_G:
            opt_G.zero_grad()
        value_G.backward()
        opt_G.step()
        return value_D.detach(), value_G.detach()

    return one_round


def never_emptied(G, D, opt_G, opt_D, x_real, noise):
    value_D = cross_entropy_D(D(x_real), D(G(noise()).detach()))
    value_D.backward()
    opt_D.step()
    return value_D.detach(), step_of_G()(G, D, opt_G, noise)


def only_D(G, D, opt_G, opt_D, x_real, noise):
    value_D = step_of_D()(G, D, opt_D, x_real, noise())
    return value_D, step_of_G(step=False)(G, D, opt_G, noise)


ONE_ROUND = Exercise(
    id="06-6",
    name="one_round",
    title="find the bug in a round of training",
    drive="drive_one_round",
    inputs=gan_inputs,
    answer=round_of(),
    cases=3,
    mistakes=(
        Mistake("The bug is still there. Follow D's gradients: G's backward() passes through D and leaves something in "
                "D's weights. What does opt_D.step() find there in the next round?", round_of(zero_D_late=True)),
        Mistake("D's gradients are never emptied now: they add up from round to round.", never_emptied),
        Mistake("G's gradients are never emptied: they add up from round to round.", round_of(zero_G=False)),
        Mistake("G's gradients are not emptied either before its own step; D's leftovers are not the only ones.",
                round_of(zero_D_late=True, zero_G=False)),
        Mistake("The z that D has just learned from is used again for G. Fresh noise for G's step was not the bug.",
                round_of(fresh=False)),
        Mistake("G takes no step any more.", only_D),
    ),
)  # fmt: skip

EXERCISES = (
    BEST_D,
    LOSS_D,
    LOSS_G,
    UPDATE_D,
    UPDATE_G,
    ONE_ROUND,
)
