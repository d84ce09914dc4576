"""Steps of a GAN, and what may be wrong with them: what the attacks of notebook 06 are made of."""

import copy

import torch
from torch.nn.functional import softplus


def loss_D(real, fake):
    return softplus(-real).mean() + softplus(fake).mean()


def loss_G(fake):
    return softplus(-fake).mean()


def step_D(G, D, opt_D, x_real, z, loss=loss_D):
    value = loss(D(x_real), D(G(z).detach()))
    opt_D.zero_grad()
    value.backward()
    opt_D.step()
    return value.detach()


def step_G(G, D, opt_G, noise, loss=loss_G):
    value = loss(D(G(noise())))
    opt_G.zero_grad()
    value.backward()
    opt_G.step()
    return value.detach()


def a_round(G, D, opt_G, opt_D, x_real, noise):
    return step_D(G, D, opt_D, x_real, noise()), step_G(G, D, opt_G, noise)


def then(answer, extra):
    """Return an answer after which `extra(G, D)` is done."""

    def both(G, D, *rest):
        result = answer(G, D, *rest)
        extra(G, D)
        return result

    return both


def before(answer, extra):
    def both(G, D, *rest):
        extra(G, D)
        return answer(G, D, *rest)

    return both


def in_eval(answer, whose):
    """Return an answer that evaluates a player meanwhile and puts its mode back."""

    def both(G, D, *rest):
        player = (G, D)[whose]
        player.eval()
        result = answer(G, D, *rest)
        player.train()
        return result

    return both


def decayed(G, D):
    with torch.no_grad():
        for parameter in D.parameters():
            parameter.mul_(1 - 1e-3)


def nudge_G(G, D):
    with torch.no_grad():
        next(G.parameters()).add_(1e-7)


def freeze_a_part(player):
    player[0].requires_grad_(False)


def eval_a_part(player):
    player[0][1].eval()


def count_on(player):
    player.register_buffer("rounds", torch.zeros(()))


def keep_a_graph(G, D):
    first = next(iter(D.modules()))
    first.register_buffer("total", sum(parameter.sum() for parameter in D.parameters()))


def own(make):
    """Return a stand-in for an optimiser: it makes its own for the parameters, each time anew."""

    class Own:
        def __init__(self, given):
            self.given = given
            self.parameters = [one for group in given.param_groups for one in group["params"]]
            self.rate = given.param_groups[0]["lr"]

        def zero_grad(self):
            self.given.zero_grad()

        def step(self):
            make(self.parameters, self.rate, self.given).step()

    return Own


class ByHand:
    def __init__(self, parameters, groups):
        self.parameters, self.groups = parameters, groups

    @torch.no_grad()
    def step(self):
        for group in self.groups:
            for one in group["params"]:
                one -= group["lr"] * one.grad


OWN = [
    own(lambda parameters, rate, given: torch.optim.SGD(parameters, lr=rate)),
    own(lambda parameters, rate, given: torch.optim.Adam(parameters, lr=2e-4, betas=(0.5, 0.999))),
    own(lambda parameters, rate, given: torch.optim.Adam(parameters, lr=rate)),
    own(lambda parameters, rate, given: ByHand(parameters, given.param_groups)),
    own(lambda parameters, rate, given: type(given)(given.param_groups, lr=rate)),
    own(lambda parameters, rate, given: type(given)(parameters, **given.defaults)),
    own(lambda parameters, rate, given: copy.deepcopy(given)),
]


def same(optimiser):
    return optimiser


class Kept:
    """Makes an optimiser of its own for a player once, and goes on with that."""

    def __init__(self):
        self.made = {}

    def __call__(self, given):
        parameters = [one for group in given.param_groups for one in group["params"]]
        return self.made.setdefault(id(parameters[0]), torch.optim.Adam(parameters, lr=given.param_groups[0]["lr"]))


def other_rate(given):
    for group in given.param_groups:
        group["lr"] = 0.1
    return given


def forgets(given):
    given.state.clear()
    return given


def unsafe_D(r, f):
    return -(r.sigmoid() + 1e-8).log().mean() - (1 - f.sigmoid() + 1e-8).log().mean()


def unsafe_G(f):
    return -(f.sigmoid() + 1e-8).log().mean()


def weights_clamped(G, D):
    with torch.no_grad():
        for parameter in D.parameters():
            parameter.clamp_(-0.5, 0.5)


def common(answer):
    """Return the attacks that fit each of the three: a player that is left in another state than it was in."""
    return [
        ("state", then(answer, lambda G, D: D.requires_grad_(False))),
        ("state", then(answer, lambda G, D: G.requires_grad_(False))),
        ("state", then(answer, lambda G, D: freeze_a_part(D))),
        ("state", then(answer, lambda G, D: freeze_a_part(G))),
        ("state", then(answer, lambda G, D: eval_a_part(D))),
        ("state", then(answer, lambda G, D: G.eval())),
        ("state", before(answer, lambda G, D: G.eval())),
        ("state", before(answer, lambda G, D: D.eval())),
        ("state", in_eval(answer, 0)),
        ("state", in_eval(answer, 1)),
        ("state", then(answer, lambda G, D: count_on(D))),
        ("state", then(answer, keep_a_graph)),
        ("state", then(answer, lambda G, D: torch.manual_seed(0))),
        ("state", then(answer, lambda G, D: torch.set_grad_enabled(False))),
        ("unused", lambda *given: given[0](torch.zeros(1, 2)).sum()),
    ]
