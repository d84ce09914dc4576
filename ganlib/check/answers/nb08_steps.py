"""References and mistakes of notebook 08: a loss for pairs, and a step that listens."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import l1_loss, mse_loss, softplus

from ganlib.check.answers.tools import mlp_weights
from ganlib.check.exercise import Exercise, Mistake
from ganlib.losses import non_saturating_G


def pair_inputs(rng, case):
    n, channels, side, width = [(1, 1, 2, 2), (2, 1, 3, 4), (3, 3, 4, 2), (2, 1, 5, 5), (4, 2, 3, 3)][case]
    x_fake = rng.uniform(-1, 1, (n, channels, side, width))
    logits = rng.normal(0, 1, (n, [1, 4, 9, 4, 6][case]))  # one for each patch of the picture
    if case == 3:
        logits[0, :2] = 120, -120  # D is sure
    return {
        "logits": logits,
        "x_fake": x_fake,
        "x_target": rng.uniform(-1, 1, x_fake.shape),
        "weight": [100.0, 100.0, 10.0, 1.0, 0.0][case],
    }


def pix2pix_loss_G(logits, x_fake, x_target, weight):
    return non_saturating_G(logits) + weight * l1_loss(x_fake, x_target)


PIX2PIX = Exercise(
    id="08-5",
    name="pix2pix_loss_G",
    title="fool D, and stay near the target",
    drive="drive_pix2pix_loss_G",
    inputs=pair_inputs,
    answer=pix2pix_loss_G,
    cases=5,
    mistakes=(
        Mistake("Squared distances: they blur, as in a VAE. pix2pix takes the absolute ones (L1).",
                lambda l, x, t, w: non_saturating_G(l) + w * mse_loss(x, t)),
        Mistake("The distance is summed over the pixels. Its mean is due; weight = 100 is meant for that.",
                lambda l, x, t, w: non_saturating_G(l) + w * (x - t).abs().sum()),
        Mistake("The distance is summed over each picture. Its mean over pixels is due; weight = 100 is meant for "
                "that.",
                lambda l, x, t, w: non_saturating_G(l) + w * (x - t).abs().sum() / len(x)),
        Mistake("No gradient reaches G from the distance: x_fake is cut off there. Only the target needs none.",
                lambda l, x, t, w: non_saturating_G(l) + w * l1_loss(x.detach(), t)),
        Mistake("The absolute value comes first, pixel by pixel. Too bright here and too dark there must not cancel.",
                lambda l, x, t, w: non_saturating_G(l) + w * (x - t).mean().abs()),
        Mistake("The weight is missing.", lambda l, x, t, w: non_saturating_G(l) + l1_loss(x, t)),
        Mistake("The weight is on the wrong term: it multiplies the distance.",
                lambda l, x, t, w: w * non_saturating_G(l) + l1_loss(x, t)),
        Mistake("The weight multiplies both terms.", lambda l, x, t, w: w * (non_saturating_G(l) + l1_loss(x, t))),
        Mistake("The adversarial term has D's label: with it G learns to be caught.",
                lambda l, x, t, w: softplus(l).mean() + w * l1_loss(x, t)),
        Mistake("The adversarial term is the minimax loss, which is flat where D is sure. Take -log D.",
                lambda l, x, t, w: -softplus(l).mean() + w * l1_loss(x, t)),
        Mistake("The adversarial term has the wrong sign: D's opinion should be made high.",
                lambda l, x, t, w: -softplus(-l).mean() + w * l1_loss(x, t)),
        Mistake("The adversarial term is missing: without it the result is blurred.",
                lambda l, x, t, w: w * l1_loss(x, t) + 0 * l.sum()),
        Mistake("The distance is missing: any sharp picture would do, whatever the input.",
                lambda l, x, t, w: non_saturating_G(l) + 0 * x.sum()),
        Mistake("The distance is subtracted: G would run away from the target.",
                lambda l, x, t, w: non_saturating_G(l) - w * l1_loss(x, t)),
        Mistake("The differences keep their signs, so too bright and too dark cancel.",
                lambda l, x, t, w: non_saturating_G(l) + w * (x - t).mean()),
        Mistake("The patches are summed. D's opinion is a mean over patches and pictures.",
                lambda l, x, t, w: softplus(-l).sum() + w * l1_loss(x, t)),
        Mistake("The sigmoid is applied twice: D returns logits, and softplus or BCEWithLogitsLoss take them as "
                "they are.",
                lambda l, x, t, w: softplus(-l.sigmoid()).mean() + w * l1_loss(x, t)),
        Mistake("Right on paper, but where D is sure the sigmoid rounds to 0 and its logarithm to -inf. Use softplus.",
                lambda l, x, t, w: -l.sigmoid().log().mean() + w * l1_loss(x, t)),
    ),
)  # fmt: skip


def step_inputs(rng, case):
    """Cases 1 and 3: D is sure that it sees fakes, so that the loss is large, and its slopes are."""
    batch = [3, 6, 5, 4][case]
    D = mlp_weights(rng, 3 + 3, 6, 1)
    if case in (1, 3):
        D[-2], D[-1] = 10 * D[-2], D[-1] - 30
    return {
        "G": mlp_weights(rng, 2 + 3, 6, 3),
        "D": D,
        "z": [rng.normal(size=(batch, 2)) for _ in range(7)],
        "y": [rng.permutation(np.arange(batch) % 3) for _ in range(8)],
        "rate": 0.05 if case == 1 else 0.5,
        "optimiser": ["plain", "momentum", "adam", "adam"][case],
        "D trains": case != 3,
        "left over": [0.0, 0.3, 0.0, -0.2][case],
    }


def step(told=lambda y, labels: y, drawn=lambda y: y, loss=non_saturating_G, zero=True):
    """Return an obeying_step; the arguments are what may be wrong with it."""

    def obeying_step(G, D, opt_G, noise, labels):
        y = labels()
        value = loss(D(G(noise(), drawn(y)), told(y, labels)))
        if zero:
            opt_G.zero_grad()
        value.backward()
        opt_G.step()
        return value.detach()

    return obeying_step


OBEYING = Exercise(
    id="08-6",
    name="obeying_step",
    title="find the bug in a generator that does not listen",
    drive="drive_obeying_step",
    inputs=step_inputs,
    answer=step(),
    cases=4,
    mistakes=(
        Mistake("The bug is still there: D is told another label than G was given. How often is labels() called in "
                "a step?",
                step(told=lambda y, labels: labels())),
        Mistake("D is told the same label for all pictures, whatever was asked for.",
                step(told=lambda y, labels: torch.zeros_like(y))),
        Mistake("G is given the same label for all pictures, whatever D is told.", step(drawn=torch.zeros_like)),
        Mistake("D is told other labels than G was given: they are in another order.",
                step(told=lambda y, labels: y.flip(0))),
        Mistake("The labels fit now, but the gradients of the step before are still there.", step(zero=False)),
        Mistake("The labels fit now, but G learns to be caught: the loss was right before.",
                step(loss=lambda f: softplus(f).mean())),
        Mistake("The labels fit now, but the sign of the loss has changed.", step(loss=lambda f: -softplus(-f).mean())),
        Mistake("labels() is called a second time for nothing. One batch of labels a step.",
                step(told=lambda y, labels: (labels(), y)[1])),
    ),
)  # fmt: skip

EXERCISES = (PIX2PIX, OBEYING)
