"""Notebook 06, the steps of the players: further right ways to answer."""

import copy

import torch
import torch.nn.functional as F
from torch.func import functional_call

from tests.checks.steps import a_round, loss_D, loss_G, step_D, step_G


def D_by_grad(G, D, opt_D, x_real, z):
    value = loss_D(D(x_real), D(G(z)))
    parameters = list(D.parameters())
    for parameter, slope in zip(parameters, torch.autograd.grad(value, parameters)):
        parameter.grad = slope
    opt_D.step()
    return value.item()


def D_by_inputs(G, D, opt_D, x_real, z):
    opt_D.zero_grad()
    value = loss_D(D(x_real), D(G(z)))
    value.backward(inputs=list(D.parameters()))
    opt_D.step()
    return value


def D_frozen_G(G, D, opt_D, x_real, z):
    for parameter in G.parameters():
        parameter.requires_grad = False
    value = step_D(G, D, opt_D, x_real, z)
    for parameter in G.parameters():
        parameter.requires_grad = True
    return value.numpy()


def D_in_one_batch(G, D, opt_D, x_real, z):
    with torch.no_grad():
        x_fake = G(z)
    logits = D(torch.cat([x_real, x_fake]))
    labels = torch.cat([torch.ones(len(x_real)), torch.zeros(len(x_fake))])
    value = 2 * F.binary_cross_entropy_with_logits(logits, labels)
    D.zero_grad(set_to_none=False)
    value.backward()
    opt_D.step()
    return value.detach().clone()


def D_closure(G, D, opt_D, x_real, z):
    x_fake = copy.deepcopy(G)(z).detach()

    def closure():
        opt_D.zero_grad()
        value = loss_D(D(x_real), D(x_fake))
        value.backward()
        return value

    return opt_D.step(closure)


@torch.enable_grad()
def D_tidy_everywhere(G, D, opt_D, x_real, z):
    G.train(), D.train()
    G.zero_grad(), D.zero_grad()
    value = step_D(G, D, opt_D, x_real, z)
    G.zero_grad(), D.zero_grad()
    return value


def G_by_grad(G, D, opt_G, noise):
    value = loss_G(D(G(noise())))
    opt_G.zero_grad()
    for parameter, slope in zip(G.parameters(), torch.autograd.grad(value, list(G.parameters()))):
        parameter.grad = slope
    opt_G.step()
    return value.item()


def G_by_functional_call(G, D, opt_G, noise):
    opt_G.zero_grad()
    fixed = {name: one.detach() for name, one in D.named_parameters()}
    value = loss_G(functional_call(D, fixed, (G(noise()),)))
    value.backward()
    opt_G.step()
    return value


def G_through_a_copy(G, D, opt_G, noise):
    judge = copy.deepcopy(D).requires_grad_(False)
    return step_G(G, judge, opt_G, noise)


def G_by_the_chain(G, D, opt_G, noise):
    x = G(noise())
    cut = x.detach().requires_grad_(True)
    value = loss_G(D(cut))
    (slope,) = torch.autograd.grad(value, cut)
    opt_G.zero_grad(set_to_none=False)
    x.backward(slope)
    opt_G.step()
    return value.detach().numpy()


def G_thawed_in_the_end(G, D, opt_G, noise):
    before = [one.requires_grad for one in D.parameters()]
    try:
        for one in D.parameters():
            one.requires_grad_(False)
        return step_G(G, D, opt_G, noise)
    finally:
        for one, was in zip(D.parameters(), before):
            one.requires_grad_(was)


def G_closure(G, D, opt_G, noise):
    z = noise()

    def closure():
        opt_G.zero_grad()
        value = F.binary_cross_entropy_with_logits(D(G(z)), torch.ones(len(z)))
        value.backward()
        return value

    return opt_G.step(closure).item()


def round_emptied_at_the_very_end(G, D, opt_G, opt_D, x_real, noise):
    value_D = loss_D(D(x_real), D(G(noise()).detach()))
    value_D.backward()
    opt_D.step()
    value_G = loss_G(D(G(noise())))
    opt_G.zero_grad()
    value_G.backward()
    opt_G.step()
    opt_D.zero_grad()
    return value_D, value_G


def round_frozen(G, D, opt_G, opt_D, x_real, noise):
    with torch.no_grad():
        x_fake = G(noise())
    value_D = loss_D(D(x_real), D(x_fake))
    value_D.backward()
    opt_D.step()
    opt_D.zero_grad()
    value_G = G_thawed_in_the_end(G, D, opt_G, noise)
    opt_G.zero_grad()
    return torch.stack([value_D.detach(), value_G])


def round_by_inputs(G, D, opt_G, opt_D, x_real, noise):
    value_D = loss_D(D(x_real), D(G(noise())))
    opt_D.zero_grad(), opt_G.zero_grad()
    value_D.backward(inputs=list(D.parameters()))
    opt_D.step()
    value_G = loss_G(D(G(noise())))
    value_G.backward(inputs=list(G.parameters()))
    opt_G.step()
    return [value_D.item(), value_G.item()]


STYLES = {
    "update_D": [step_D, D_by_grad, D_by_inputs, D_frozen_G, D_in_one_batch, D_closure, D_tidy_everywhere],
    "update_G": [
        step_G, G_by_grad, G_by_functional_call, G_through_a_copy, G_by_the_chain, G_thawed_in_the_end, G_closure,
    ],
    "one_round": [
        a_round, round_emptied_at_the_very_end, round_frozen, round_by_inputs,
        lambda G, D, oG, oD, x, noise: (D_by_grad(G, D, oD, x, noise()), G_by_grad(G, D, oG, noise)),
        lambda G, D, oG, oD, x, noise: (D_closure(G, D, oD, x, noise()), G_through_a_copy(G, D, oG, noise)),
    ],
}  # fmt: skip
