"""Notebook 06: other right ways to answer, and wrong answers with a part of the hint that each must get."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.functional import softplus


def best_D_numpy(p, q):
    return (p.numpy() / (p.numpy() + q.numpy())).tolist()


def keras_loss_D(real, fake):
    logits = torch.cat([real, fake])
    labels = torch.cat([torch.ones_like(real), torch.zeros_like(fake)])
    loss = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    return loss[: len(real)].mean() + loss[len(real) :].mean()


def logsigmoid_loss_D(real, fake):
    return -(F.logsigmoid(real).sum() / len(real) + F.logsigmoid(-fake).sum() / len(fake))


def swapped_labels(real, fake):
    bce = nn.BCEWithLogitsLoss()
    return bce(real, torch.zeros_like(real)) + bce(fake, torch.ones_like(fake))


def bce_on_sigmoid(real, fake):
    bce = nn.BCEWithLogitsLoss()
    return bce(torch.sigmoid(real), torch.ones_like(real)) + bce(torch.sigmoid(fake), torch.zeros_like(fake))


def loss_D(real, fake):
    return softplus(-real).mean() + softplus(fake).mean()


def loss_G(fake):
    return softplus(-fake).mean()


def update_D_no_grad(G, D, opt_D, x_real, z):
    with torch.no_grad():
        x_fake = G(z)
    opt_D.zero_grad(set_to_none=True)
    loss = loss_D(D(x_real), D(x_fake))
    loss.backward()
    opt_D.step()
    return loss.item()


def update_D_in_two_halves(G, D, opt_D, x_real, z):
    D.zero_grad()
    half = F.softplus(-D(x_real)).mean()
    half.backward()
    other = F.softplus(D(G(z).detach())).mean()
    other.backward()
    opt_D.step()
    return (half + other).detach()


def update_D_attached(G, D, opt_D, x_real, z):
    opt_D.zero_grad()
    loss = loss_D(D(x_real), D(G(z)))
    loss.backward()
    opt_D.step()
    return loss


def update_D_minimax(G, D, opt_D, x_real, z):
    opt_D.zero_grad()
    value = F.logsigmoid(D(x_real)).mean() + F.logsigmoid(-D(G(z).detach())).mean()
    value.backward()
    opt_D.step()
    return value


def update_D_no_zero(G, D, opt_D, x_real, z):
    loss = loss_D(D(x_real), D(G(z).detach()))
    loss.backward()
    opt_D.step()
    return loss


def update_D_no_step(G, D, opt_D, x_real, z):
    loss = loss_D(D(x_real), D(G(z).detach()))
    opt_D.zero_grad()
    loss.backward()
    return loss.detach()


def update_D_swapped(G, D, opt_D, x_real, z):
    opt_D.zero_grad()
    loss = swapped_labels(D(x_real), D(G(z).detach()))
    loss.backward()
    opt_D.step()
    return loss


def update_D_returns_nothing(G, D, opt_D, x_real, z):
    update_D_no_grad(G, D, opt_D, x_real, z)


def update_G_frozen(G, D, opt_G, noise):
    D.requires_grad_(False)
    loss = loss_G(D(G(noise())))
    opt_G.zero_grad()
    loss.backward()
    opt_G.step()
    D.requires_grad_(True)
    return loss.detach()


def update_G_labels(G, D, opt_G, noise):
    opt_G.zero_grad()
    logits = D(G(noise()))
    loss = F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
    loss.backward()
    opt_G.step()
    return loss.item()


def update_G_detached(G, D, opt_G, noise):
    opt_G.zero_grad()
    loss = loss_G(D(G(noise()).detach()))
    loss.backward()
    opt_G.step()
    return loss


def update_G_no_zero(G, D, opt_G, noise):
    loss = loss_G(D(G(noise())))
    loss.backward()
    opt_G.step()
    return loss.item()


def update_G_caught(G, D, opt_G, noise):
    opt_G.zero_grad()
    logits = D(G(noise()))
    loss = F.binary_cross_entropy_with_logits(logits, torch.zeros_like(logits))
    loss.backward()
    opt_G.step()
    return loss


def update_G_minimax(G, D, opt_G, noise):
    opt_G.zero_grad()
    loss = F.logsigmoid(-D(G(noise()))).mean()
    loss.backward()
    opt_G.step()
    return loss


def update_G_no_grad(G, D, opt_G, noise):
    with torch.no_grad():
        x_fake = G(noise())
    loss = loss_G(D(x_fake))
    opt_G.zero_grad()
    loss.backward()
    opt_G.step()
    return loss


class FixedNoise:
    """Keeps one z for ever, as a global `z` of the notebook would."""

    def __call__(self, G, D, opt_G, noise):
        if not hasattr(G, "z"):
            G.z = noise()
        return update_G_frozen(G, D, opt_G, lambda: G.z)


def update_G_moves_both(G, D, opt_G, noise):
    both = torch.optim.SGD([*G.parameters(), *D.parameters()], lr=opt_G.param_groups[0]["lr"])
    loss = loss_G(D(G(noise())))
    both.zero_grad()
    loss.backward()
    both.step()
    return loss


def round_D(G, D, opt_G, opt_D, x_real, noise):
    return update_D_no_grad(G, D, opt_D, x_real, noise()), update_G_frozen(G, D, opt_G, noise)


def round_emptied_twice(G, D, opt_G, opt_D, x_real, noise):
    opt_D.zero_grad(), opt_G.zero_grad()
    value_D = loss_D(D(x_real), D(G(noise()).detach()))
    value_D.backward()
    opt_D.step()
    opt_D.zero_grad(), opt_G.zero_grad()
    value_G = loss_G(D(G(noise())))
    value_G.backward()
    opt_G.step()
    return value_D.item(), value_G.item()


def tidy_at_the_end(G, D, opt_G, opt_D, x_real, noise):
    value_D = loss_D(D(x_real), D(G(noise()).detach()))
    value_D.backward()
    opt_D.step()
    opt_D.zero_grad()
    value_G = loss_G(D(G(noise())))
    opt_G.zero_grad()
    value_G.backward()
    opt_G.step()
    return value_D, value_G


def never_tidy(G, D, opt_G, opt_D, x_real, noise):
    value_D = update_D_no_zero(G, D, opt_D, x_real, noise())
    return value_D, update_G_frozen_keeps(G, D, opt_G, noise)


def update_G_frozen_keeps(G, D, opt_G, noise):
    loss = loss_G(D(G(noise())))
    opt_G.zero_grad()
    loss.backward()
    opt_G.step()
    return loss


def tidy_D_alone(G, D, opt_G, opt_D, x_real, noise):
    return update_D_no_grad(G, D, opt_D, x_real, noise()), update_G_no_zero(G, D, opt_G, noise)


def one_z(G, D, opt_G, opt_D, x_real, noise):
    z = noise()
    return update_D_no_grad(G, D, opt_D, x_real, z), update_G_frozen(G, D, opt_G, lambda: z)


def no_step_of_G(G, D, opt_G, opt_D, x_real, noise):
    value_D = update_D_no_grad(G, D, opt_D, x_real, noise())
    return value_D, loss_G(D(G(noise())))


def update_D_detached_late(G, D, opt_D, x_real, z):
    opt_D.zero_grad()
    loss = loss_D(D(x_real), D(G(z)).detach())
    loss.backward()
    opt_D.step()
    return loss


def round_attached(G, D, opt_G, opt_D, x_real, noise):
    opt_D.zero_grad(), opt_G.zero_grad()
    value_D = loss_D(D(x_real), D(G(noise())))
    value_D.backward()
    opt_D.step()
    value_G = loss_G(D(G(noise())))
    value_G.backward()
    opt_G.step()
    return value_D, value_G


STYLES = {
    "best_D": [best_D_numpy, lambda p, q: torch.sigmoid(p.log() - q.log()), lambda p, q: 1 / (1 + q / p)],
    "loss_D": [keras_loss_D, logsigmoid_loss_D],
    "loss_G": [lambda f: F.binary_cross_entropy_with_logits(f, torch.ones_like(f)), lambda f: -F.logsigmoid(f).mean()],
    "update_D": [update_D_no_grad, update_D_in_two_halves],
    "update_G": [update_G_frozen, update_G_labels],
    "one_round": [round_D, round_emptied_twice],
}

WRONG = {
    "best_D": [
        (lambda p, q: q / (q + p), "*fake*"),
        (lambda p, q: p / q, "any positive number"),
        (lambda p, q: torch.log(p) - torch.log(q), "logit"),
        (lambda p, q: torch.sigmoid(p / q), "*logarithm* of the ratio"),
        (lambda p, q: p / torch.sum(p + q), "each point by itself"),
        (lambda p, q: torch.full_like(p, 0.5), "only where the two densities agree"),
        (lambda p, q: torch.where(p > q, 1.0, 0.0), "how sure"),
    ],
    "loss_D": [
        (lambda r, f: F.relu(1 - r).mean() + F.relu(1 + f).mean(), "hinge"),
        (lambda r, f: -(r.sigmoid() + 1e-8).log().mean() - (1 - f.sigmoid() + 1e-8).log().mean(), "small logits"),
        (swapped_labels, "swapped"),
        (bce_on_sigmoid, "twice"),
        (lambda r, f: F.logsigmoid(r).mean() + F.logsigmoid(-f).mean(), "turn the sign"),
        (lambda r, f: -(torch.log(r.sigmoid()).mean() + torch.log(1 - f.sigmoid()).mean()), "rounds to 0 or 1"),
        (lambda r, f: F.softplus(-r).sum() + F.softplus(f).sum(), "take the mean"),
        (lambda r, f: 0.5 * (F.softplus(-r).mean() + F.softplus(f).mean()), "added, not averaged"),
        (lambda r, f: F.softplus(-r).mean() + F.softplus(-f).mean(), "call fakes fake"),
        (lambda r, f: loss_D(r, f).item(), "return a tensor"),
        (lambda r, f: None, "`return`"),
        (lambda r, f: -loss_D(r.sigmoid(), f.sigmoid()) * 2, "loss_D"),
    ],
    "loss_G": [
        (lambda f: -torch.log(f.sigmoid() + 1e-8).mean(), "small logits"),
        (lambda f: F.logsigmoid(-f).mean(), "minimax"),
        (lambda f: F.binary_cross_entropy_with_logits(f, torch.zeros_like(f)), "to be caught"),
        (lambda f: F.logsigmoid(f).mean(), "turn the sign"),
        (lambda f: F.binary_cross_entropy_with_logits(f.sigmoid(), torch.ones_like(f)), "twice"),
        (lambda f: F.binary_cross_entropy(f.sigmoid(), torch.ones_like(f), reduction="sum"), "loss_G"),
        (lambda f: -f.sigmoid().log().mean(), "rounds to 0 or 1"),
        (lambda f: F.softplus(-f).sum(), "take the mean"),
        (lambda f: F.softplus(-f), "One number a picture"),
        (lambda f: softplus(-f).detach().mean(), "No gradient"),
    ],
    "update_D": [
        (update_D_detached_late, "wrong place"),
        (update_D_attached, "cut the graph"),
        (update_D_minimax, "sign"),
        (update_D_no_zero, "add up"),
        (update_D_no_step, "takes no step"),
        (update_D_swapped, "swapped"),
        (update_D_returns_nothing, "`return`"),
        (lambda G, D, opt_D, x_real, z: update_D_no_grad(D, G, opt_D, x_real, z), "stopped with RuntimeError"),
    ],
    "update_G": [
        (FixedNoise(), "fresh noise"),
        (update_G_detached, "detach or no_grad"),
        (lambda *a: loss_G(a[1](a[0](a[3]()))), "is there a step"),
        (update_G_no_grad, "detach or no_grad"),
        (update_G_no_zero, "add up"),
        (update_G_caught, "to be caught"),
        (update_G_minimax, "minimax"),
        (update_G_moves_both, "*fooled*"),
    ],
    "one_round": [
        (round_attached, "pushed both ways"),
        (tidy_at_the_end, "still there"),
        (never_tidy, "D's gradients are never emptied"),
        (tidy_D_alone, "G's gradients are never emptied"),
        (one_z, "Fresh noise"),
        (no_step_of_G, "no step"),
    ],
}
