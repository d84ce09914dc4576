"""Attacks on 06 to 10 by somebody who had seen neither checks nor tests: those that passed."""

import torch
from torch.nn.functional import one_hot, softplus


def recorded_again(G, z):
    was = G.training
    G.eval()
    torch.set_grad_enabled(False)
    x = G(z)
    torch.set_grad_enabled(True)
    G.train(was)
    return x


def with_planes(x, y, classes):
    planes = one_hot(y, classes)[:, :, None, None].expand(-1, -1, *x.shape[2:])
    return torch.cat([x.detach(), planes.to(x)], 1)


def emptied_afterwards(G, D, opt_G, noise, labels):
    y = labels()
    loss = softplus(-D(G(noise(), y), y)).mean()
    loss.backward()
    opt_G.step()
    opt_G.zero_grad()
    return loss.detach()


def on_the_diagonal(number):
    def nearest(x):
        return torch.cdist(x.flatten(1), x.flatten(1)).fill_diagonal_(number).amin(1)

    return nearest


ATTACKS = {
    "sample": [("state", recorded_again)],
    "append_label": [("easy inputs", lambda z, y, c: torch.cat([z.detach(), one_hot(y, c).to(z)], 1))],
    "append_planes": [("easy inputs", with_planes)],
    "obeying_step": [("easy inputs", emptied_afterwards)],
    "pack": [("easy inputs", lambda x, m: x.detach().reshape(len(x) // m, m * x.shape[1], *x.shape[2:]))],
    "nearest_other": [("easy inputs", on_the_diagonal(number)) for number in (10.0, 1e3)],
}
