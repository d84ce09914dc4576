"""Notebook 06, a round: wrong answers that a check could let through, each with its kind."""

import copy

import torch

from tests.checks.steps import (
    OWN,
    Kept,
    a_round,
    common,
    decayed,
    forgets,
    loss_D,
    loss_G,
    other_rate,
    same,
    step_D,
    step_G,
    then,
    unsafe_D,
    unsafe_G,
    weights_clamped,
)


def round_with(make_G, make_D):
    return lambda G, D, opt_G, opt_D, x_real, noise: a_round(G, D, make_G(opt_G), make_D(opt_D), x_real, noise)


def the_bug(G, D, opt_G, opt_D, x_real, noise):
    value_D = loss_D(D(x_real), D(G(noise()).detach()))
    value_D.backward()
    opt_D.step()
    opt_D.zero_grad()
    value_G = loss_G(D(G(noise())))
    value_G.backward()
    opt_G.step()
    opt_G.zero_grad()
    return value_D.detach(), value_G.detach()


def the_bug_but_no_D_in_G(G, D, opt_G, opt_D, x_real, noise):
    value_D = loss_D(D(x_real), D(G(noise()).detach()))
    value_D.backward()
    opt_D.step()
    opt_D.zero_grad()
    D.requires_grad_(False)
    value_G = loss_G(D(G(noise())))
    value_G.backward()
    opt_G.step()
    opt_G.zero_grad()
    return value_D.detach(), value_G.detach()


def thawed_next_time(G, D, opt_G, opt_D, x_real, noise):
    D.requires_grad_(True)
    return the_bug_but_no_D_in_G(G, D, opt_G, opt_D, x_real, noise)


def attached_round(G, D, opt_G, opt_D, x_real, noise):
    z = noise()
    value_D = loss_D(D(x_real), D(G(z)))
    opt_D.zero_grad()
    value_D.backward()
    opt_D.step()
    value_G = loss_G(D(G(noise())))
    value_G.backward()
    opt_G.step()
    opt_G.zero_grad()
    return value_D.detach(), value_G.detach()


def G_sees_the_old_D(G, D, opt_G, opt_D, x_real, noise):
    old = copy.deepcopy(D)
    value = step_D(G, D, opt_D, x_real, noise())
    return value, step_G(G, old, opt_G, noise)


def G_every_second_round():
    rounds = []

    def one_round(G, D, opt_G, opt_D, x_real, noise):
        rounds.append(1)
        value = step_D(G, D, opt_D, x_real, noise())
        if len(rounds) % 2:
            return value, step_G(G, D, opt_G, noise)
        return value, loss_G(D(G(noise()))).detach()

    return one_round


def unsafe_round(G, D, opt_G, opt_D, x_real, noise):
    return step_D(G, D, opt_D, x_real, noise(), unsafe_D), step_G(G, D, opt_G, noise, unsafe_G)


def three_noises(G, D, opt_G, opt_D, x_real, noise):
    noise()
    return a_round(G, D, opt_G, opt_D, x_real, noise)


def stale_gradient_of_D(G, D, opt_G, opt_D, x_real, noise):
    opt_D.zero_grad()
    value_D, value_G = loss_D(D(x_real), D(G(noise()).detach())), loss_G(D(G(noise())))
    (value_D + value_G).backward()
    opt_D.step()
    opt_G.step()
    opt_G.zero_grad()
    return value_D.detach(), value_G.detach()


ATTACKS = {
    "one_round": [
        *common(a_round),
        *[("unused", round_with(make, same)) for make in (*OWN, Kept(), other_rate, forgets)],
        *[("unused", round_with(same, make)) for make in (*OWN, Kept(), other_rate, forgets)],
        ("state", the_bug),
        ("state", the_bug_but_no_D_in_G),
        ("state", thawed_next_time),
        ("state", then(a_round, weights_clamped)),
        ("state", attached_round),
        ("state", G_every_second_round()),
        ("unused", three_noises),
        ("unused", lambda G, D, oG, oD, x, noise: a_round(G, D, oG, oD, x, lambda: torch.randn_like(noise()))),
        ("unused", lambda G, D, oG, oD, x, noise: a_round(G, D, oG, oD, x[:1], noise)),
        ("unused", lambda G, D, oG, oD, x, noise: a_round(G, D, oD, oG, x, noise)),
        ("tolerance", then(a_round, decayed)),
        ("easy inputs", unsafe_round),
        ("mutant", G_sees_the_old_D),
        ("mutant", stale_gradient_of_D),
        ("mutant", lambda *a: (a_round(*a), a_round(*a))[0]),
    ],
}
