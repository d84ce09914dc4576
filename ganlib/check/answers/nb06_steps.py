"""References and mistakes of notebook 06: the steps of the two players."""

from __future__ import annotations

import torch
from torch.nn.functional import softplus

from ganlib.check.answers.tools import gan_weights
from ganlib.check.drive import LEFT
from ganlib.check.drive.tools import pair, tensor
from ganlib.check.exercise import Exercise, Mistake
from ganlib.losses import cross_entropy_D, non_saturating_G


def gan_inputs(rng, case):
    """Return three steps' batches and an optimiser; in the last case D is very sure, and wrong about some pictures."""
    batch = [2, 5, 1, 5][case]
    inputs = gan_weights(rng) | {
        "x_real": [rng.normal(0.5, 1, size=(batch, 3)) for _ in range(3)],
        "z": [rng.normal(size=(batch, 2)) for _ in range(8)],
        "rate": [0.5, 0.1, 0.2, 0.01][case],
        "optimiser": ["plain", "adam", "momentum", "adam"][case],
        "left over": [0.0, 0.3, -0.2, 1.0][case],
    }
    if case < 3:
        return inputs
    inputs["D"] = [*inputs["D"][:2], *(60 * one for one in inputs["D"][2:])]
    return inputs if is_sure_and_wrong(inputs) else gan_inputs(rng, case)


def is_sure_and_wrong(inputs):
    """Say whether among the first logits there are some that an unsafe logarithm of a sigmoid does not survive."""
    G, D = pair(inputs)
    real, fake = D(tensor(inputs["x_real"][0])), D(G(tensor(inputs["z"][0])))
    return bool(real.min() < -25 and fake.max() > 25 and fake.min() < -25)


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


def two_steps_of_D(G, D, opt_D, x_real, z):
    value = step_of_D()(G, D, opt_D, x_real, z)
    step_of_D()(G, D, opt_D, x_real, z)
    return value


def emptied_afterwards(G, D, opt_D, x_real, z):
    value = step_of_D(zero=False)(G, D, opt_D, x_real, z)
    opt_D.zero_grad()
    return value


def explain_step(player, other, moved):
    """Return what tells of an optimiser that was not used, or of the other player's weights that moved."""
    count = f"number of steps that opt_{player} took"

    def explain(inputs, expected, got):
        if f"the weights of {other}" in got[LEFT]:
            return moved
        if got[count] != expected[count]:
            return (
                f"opt_{player} took {got[count]} steps in {expected[count]} calls. One call is one step of the "
                "optimiser that you are given: it knows the rule and its rates, and it remembers."
            )
        return None

    return explain


G_MOVED = "G's weights moved as well, so G was trained to be *caught*. This step belongs to D alone."
D_MOVED = "D's weights moved as well, so D was trained to be *fooled*. This step belongs to G alone."

UPDATE_D = Exercise(
    id="06-4",
    name="update_D",
    title="one step of the discriminator",
    drive="drive_update_D",
    inputs=gan_inputs,
    answer=step_of_D(),
    cases=4,
    explain=explain_step("D", "G", G_MOVED),
    mistakes=(
        Mistake("D learns the right thing, but the error travels on into G, which costs time and leaves gradients "
                "behind: cut the graph between G and D (detach, or no_grad around G).",
                step_of_D(fake=lambda G, z: G(z))),
        Mistake(G_MOVED, training_G_too),
        Mistake("The gradients of the step before are still there and add up: empty them before backward().",
                step_of_D(zero=False)),
        Mistake("You empty D's gradients after the step. What some other step left in D is then still there when yours "
                "begins: empty them before backward().", emptied_afterwards),
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
        Mistake("The detach is in the wrong place: D's answer to the fakes is cut off from D. Cut between G and D.",
                step_of_D(lambda r, f: cross_entropy_D(r, f.detach()))),
        Mistake("D learns from fakes of another z: use the z that is given.",
                step_of_D(fake=lambda G, z: G(torch.randn_like(z)).detach())),
        Mistake("D makes two steps. One is asked for.", two_steps_of_D),
        Mistake("The loss is halved. Its two expectations are added.",
                step_of_D(lambda r, f: cross_entropy_D(r, f) / 2)),
        Mistake("That is G's loss: D is trained to be fooled.",
                step_of_D(lambda r, f: non_saturating_G(f) + 0 * r.sum())),
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
    cases=4,
    explain=explain_step("G", "D", D_MOVED),
    mistakes=(
        Mistake("z is drawn once and used again in the next step: draw fresh noise each time.", same_noise),
        Mistake("noise() is called twice in a step: one batch of fresh noise is enough.", noise_twice),
        Mistake("G never moves. Does a detach or no_grad cut the way from D back to it? Are the gradients emptied "
                "before backward(), and is there a step after it?", step_of_G(logits=lambda D, x: D(x.detach()))),
        Mistake("The gradients of the step before are still there and add up: empty them before backward().",
                step_of_G(zero=False)),
        Mistake("The optimiser steps before backward(), so it uses the gradients of the step before.",
                step_too_early_G),
        Mistake(D_MOVED, moving_D),
        Mistake("That is the minimax loss. Take loss_G, whose gradient does not vanish when D is sure.",
                step_of_G(lambda f: -softplus(f).mean())),
        Mistake("G learns to be caught: that is the sign, or D's label, the wrong way round.",
                step_of_G(lambda f: softplus(f).mean())),
        Mistake("G climbs where it should descend: turn the sign of the loss round.",
                step_of_G(lambda f: -softplus(-f).mean())),
        Mistake("The loss is summed over the batch: take the mean, or the step grows with the batch.",
                step_of_G(lambda f: softplus(-f).sum())),
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


def G_first(G, D, opt_G, opt_D, x_real, noise):
    value_G = step_of_G()(G, D, opt_G, noise)
    return step_of_D()(G, D, opt_D, x_real, noise()), value_G


def both_emptied_first(G, D, opt_G, opt_D, x_real, noise):
    opt_D.zero_grad()
    opt_G.zero_grad()
    value_D = cross_entropy_D(D(x_real), D(G(noise())))
    value_D.backward()
    opt_D.step()
    return value_D.detach(), step_of_G(zero=False)(G, D, opt_G, noise)


ONE_ROUND = Exercise(
    id="06-6",
    name="one_round",
    title="find the bug in a round of training",
    drive="drive_one_round",
    inputs=gan_inputs,
    answer=round_of(),
    cases=4,
    mistakes=(
        Mistake("The two losses come back in the wrong order: D's first.", lambda *players: round_of()(*players)[::-1]),
        Mistake("G steps before D. The round begins with D.", G_first),
        Mistake("D's step now sends gradients into G, too, and G's own step uses them: it is pushed both ways. Cut "
                "D's step "
                "off from G.", both_emptied_first),
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

EXERCISES = (UPDATE_D, UPDATE_G, ONE_ROUND)
