"""Notebook 06, the steps of the players: wrong answers that a check could let through, each with its kind."""

import copy

import torch
import torch.nn.functional as F
from torch.nn.functional import softplus

from tests.checks.steps import (
    OWN,
    Kept,
    common,
    decayed,
    forgets,
    loss_D,
    loss_G,
    nudge_G,
    other_rate,
    step_D,
    step_G,
    then,
    unsafe_D,
    unsafe_G,
    weights_clamped,
)


def D_with(make):
    return lambda G, D, opt_D, x_real, z: step_D(G, D, make(opt_D), x_real, z)


def bce_D(r, f):
    return F.binary_cross_entropy(r.sigmoid(), torch.ones_like(r)) + F.binary_cross_entropy(
        f.sigmoid(), torch.zeros_like(f)
    )


def attached_then_emptied(G, D, opt_D, x_real, z):
    value = loss_D(D(x_real), D(G(z)))
    opt_D.zero_grad()
    value.backward()
    opt_D.step()
    G.zero_grad()
    return value.detach()


def attached_and_frozen_late(G, D, opt_D, x_real, z):
    value = loss_D(D(x_real), D(G(z)))
    D.zero_grad()
    value.backward()
    opt_D.step()
    for parameter in G.parameters():
        parameter.grad = None
    return value.item()


def halves_with_two_steps(G, D, opt_D, x_real, z):
    total = 0
    for part in (lambda: softplus(-D(x_real)).mean(), lambda: softplus(D(G(z).detach())).mean()):
        opt_D.zero_grad()
        value = part()
        value.backward()
        opt_D.step()
        total += value.item()
    return total


def halves_emptied_between(G, D, opt_D, x_real, z):
    opt_D.zero_grad()
    real = softplus(-D(x_real)).mean()
    real.backward()
    opt_D.zero_grad()
    fake = softplus(D(G(z).detach())).mean()
    fake.backward()
    opt_D.step()
    return (real + fake).item()


def loss_after_the_step(G, D, opt_D, x_real, z):
    step_D(G, D, opt_D, x_real, z)
    with torch.no_grad():
        return loss_D(D(x_real), D(G(z)))


def emptied_at_the_end(G, D, opt_D, x_real, z):
    value = loss_D(D(x_real), D(G(z).detach()))
    value.backward()
    opt_D.step()
    opt_D.zero_grad()
    return value.item()


def clipped(G, D, opt_D, x_real, z):
    value = loss_D(D(x_real), D(G(z).detach()))
    opt_D.zero_grad()
    value.backward()
    torch.nn.utils.clip_grad_norm_(D.parameters(), 0.1)
    opt_D.step()
    return value.item()


def own_noise(G, D, opt_D, x_real, z):
    return step_D(G, D, opt_D, x_real, torch.randn_like(z))


def one_fake(G, D, opt_D, x_real, z):
    return step_D(G, D, opt_D, x_real, z[:1])


def G_with(make):
    return lambda G, D, opt_G, noise: step_G(G, D, make(opt_G), noise)


def bce_G(f):
    return F.binary_cross_entropy(f.sigmoid(), torch.ones_like(f))


def G_own_noise(G, D, opt_G, noise):
    return step_G(G, D, opt_G, lambda: torch.randn_like(noise()))


def noise_of_a_seed(G, D, opt_G, noise):
    shape = noise().shape
    return step_G(G, D, opt_G, lambda: torch.randn(shape, generator=torch.Generator().manual_seed(0)))


def G_loss_after(G, D, opt_G, noise):
    z = noise()
    step_G(G, D, opt_G, lambda: z)
    return loss_G(D(G(z))).detach()


def G_two_steps(G, D, opt_G, noise):
    z = noise()
    value = step_G(G, D, opt_G, lambda: z)
    step_G(G, D, opt_G, lambda: z)
    return value


def G_frozen_for_ever(G, D, opt_G, noise):
    D.requires_grad_(False)
    return step_G(G, D, opt_G, noise)


def G_emptied_too_late(G, D, opt_G, noise):
    value = loss_G(D(G(noise())))
    value.backward()
    opt_G.zero_grad()
    opt_G.step()
    return value.detach()


def G_without_zero(G, D, opt_G, noise):
    value = loss_G(D(G(noise())))
    value.backward()
    opt_G.step()
    return value.detach()


def D_trained_too(G, D, opt_G, noise):
    value = loss_G(D(G(noise())))
    opt_G.zero_grad()
    D.zero_grad()
    value.backward()
    opt_G.step()
    with torch.no_grad():
        for parameter in D.parameters():
            parameter -= 1e-5 * parameter.grad
    return value.detach()


ATTACKS = {
    "update_D": [
        *common(step_D),
        *[("unused", D_with(make)) for make in (*OWN, Kept(), other_rate, forgets)],
        ("state", then(step_D, nudge_G)),
        ("state", attached_then_emptied),
        ("state", attached_and_frozen_late),
        ("state", emptied_at_the_end),
        ("unused", own_noise),
        ("unused", one_fake),
        ("unused", lambda G, D, opt_D, x_real, z: step_D(G, D, opt_D, x_real[:1], z)),
        ("unused", lambda G, D, opt_D, x_real, z: step_D(copy.deepcopy(G).eval(), D, opt_D, x_real, z)),
        ("tolerance", then(step_D, decayed)),
        ("tolerance", lambda *a: step_D(*a, loss=lambda r, f: loss_D(r, f) * 1.01)),
        ("tolerance", lambda *a: step_D(*a, loss=lambda r, f: loss_D(r, f) + 1e-2 * r.square().mean())),
        ("easy inputs", lambda *a: step_D(*a, loss=unsafe_D)),
        ("easy inputs", lambda *a: step_D(*a, loss=bce_D)),
        ("easy inputs", lambda *a: step_D(*a, loss=lambda r, f: loss_D(r.clamp(-20, 20), f.clamp(-20, 20)))),
        ("easy inputs", clipped),
        ("easy inputs", then(step_D, weights_clamped)),
        ("mutant", halves_with_two_steps),
        ("mutant", halves_emptied_between),
        ("mutant", loss_after_the_step),
        ("mutant", lambda *a: step_D(*a, loss=lambda r, f: softplus(-r).mean() + 0.8 * softplus(f).mean())),
    ],
    "update_G": [
        *common(step_G),
        *[("unused", G_with(make)) for make in (*OWN, Kept(), other_rate, forgets)],
        ("state", G_frozen_for_ever),
        ("state", then(step_G, decayed)),
        ("state", then(step_G, weights_clamped)),
        ("unused", G_own_noise),
        ("unused", noise_of_a_seed),
        ("unused", lambda G, D, opt_G, noise: step_G(G, D, opt_G, lambda: noise()[:1])),
        ("unused", lambda G, D, opt_G, noise: step_G(G, D, opt_G, lambda: noise().abs())),
        ("tolerance", D_trained_too),
        ("tolerance", lambda *a: step_G(*a, loss=lambda f: 1.01 * loss_G(f))),
        ("easy inputs", lambda *a: step_G(*a, loss=unsafe_G)),
        ("easy inputs", lambda *a: step_G(*a, loss=bce_G)),
        ("easy inputs", lambda *a: step_G(*a, loss=lambda f: loss_G(f.clamp(-20, 20)))),
        ("mutant", G_loss_after),
        ("mutant", G_two_steps),
        ("mutant", G_emptied_too_late),
        ("mutant", G_without_zero),
        ("mutant", lambda *a: step_G(*a, loss=lambda f: softplus(-1.2 * f).mean())),
    ],
}
