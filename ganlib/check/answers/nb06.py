"""References and mistakes of notebook 06."""

from __future__ import annotations

import torch
from torch.nn.functional import softplus

from ganlib.check.answers.tools import gan_weights
from ganlib.check.exercise import Exercise, Mistake
from ganlib.losses import cross_entropy_D


def logits_inputs(rng, case):
    n, m = [(1, 1), (4, 4), (5, 3), (6, 6)][case]
    scale = [1, 1, 2, 30][case]  # the last case is where log(sigmoid) loses its digits
    return {"logits_real": rng.normal(0.5, 1, n) * scale, "logits_fake": rng.normal(-0.5, 1, m) * scale}


def sigmoid_twice_D(real, fake):
    return cross_entropy_D(real.sigmoid(), fake.sigmoid())


def log_of_sigmoid_D(real, fake):
    return -real.sigmoid().log().mean() - (1 - fake.sigmoid()).log().mean()


loss_D = Exercise(
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
        Mistake("The sigmoid is applied twice: softplus, like BCEWithLogitsLoss, already contains it. Give it the logits.",
                sigmoid_twice_D),
        Mistake("You sum over the batch where an expectation is asked for: take the mean.",
                lambda r, f: softplus(-r).sum() + softplus(f).sum()),
    ),
)  # fmt: skip


def gan_inputs(rng, case):
    return gan_weights(rng) | {"z": [rng.normal(size=(5, 2)) for _ in range(4)], "rate": 0.5}


def step_of_G(sign=1.0, zero=True):
    def update_G(G, D, opt_G, noise):
        loss = sign * softplus(-D(G(noise()))).mean()
        if zero:
            opt_G.zero_grad()
        loss.backward()
        opt_G.step()
        return loss.detach()

    return update_G


def same_noise():
    kept = []

    def update_G(G, D, opt_G, noise):
        if not kept:
            kept.append(noise())
        return step_of_G()(G, D, opt_G, lambda: kept[0])

    return update_G


def moving_D(G, D, opt_G, noise):
    loss = step_of_G()(G, D, opt_G, noise)
    torch.optim.SGD(D.parameters(), lr=opt_G.param_groups[0]["lr"]).step()
    return loss


update_G = Exercise(
    id="06-5",
    name="update_G",
    title="one step of the generator",
    drive="drive_update_G",
    inputs=gan_inputs,
    answer=step_of_G(),
    mistakes=(
        Mistake("The gradients of the step before are still there and add up: empty them before backward().",
                step_of_G(zero=False)),
        Mistake("G climbs where it should descend: it now learns to be caught. Look at the sign.", step_of_G(-1.0)),
    ),
)  # fmt: skip

EXERCISES = (loss_D, update_G)
