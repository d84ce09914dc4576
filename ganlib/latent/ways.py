"""Ways through z: straight lines, arcs, and rounds through several points."""

from __future__ import annotations

import math

import torch


def lerp(a: torch.Tensor, b: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Return a + t (b − a): a, b (z_dim,), t (N,) -> (N, z_dim)."""
    return a + t[:, None] * (b - a)


def perpendicular(u: torch.Tensor) -> torch.Tensor:
    """Return a unit vector at right angles to the unit vector u (z_dim,), always the same one for the same u."""
    side = torch.zeros_like(u)
    side[u.abs().argmin()] = 1.0
    side -= (side @ u) * u
    return side / torch.linalg.vector_norm(side)


def slerp(a: torch.Tensor, b: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Return points on the arc from a to b: a, b (z_dim,), t (N,) -> (N, z_dim).

    The direction turns at an even speed, as in Shoemake 1985 (section 3.3), and the length changes evenly, so that
    between two z of equal length all have that length. Opposite directions are joined through one perpendicular to
    both (there is no shortest arc); where a or b is zero, or z has one number only, the way is straight.
    """
    start, end, share = (x.cpu().double() for x in (a, b, t))  # Apple's GPUs have no float64
    if len(start) < 2 or min(start.norm(), end.norm()) < 1e-9:
        return lerp(start, end, share).to(a)
    u, v = start / start.norm(), end / end.norm()
    angle = 2 * torch.atan2((u - v).norm(), (u + v).norm())  # arccos would lose its digits at 0 and π
    side = v - (u @ v) * u
    side = side / side.norm() if side.norm() > 1e-9 else perpendicular(u)
    direction = (share * angle).cos()[:, None] * u + (share * angle).sin()[:, None] * side
    length = start.norm() + share * (end.norm() - start.norm())
    return (length[:, None] * direction).to(a)


def along(anchors: torch.Tensor, t: torch.Tensor, *, spherical: bool, closed: bool) -> torch.Tensor:
    """Return points on the way through all anchors: anchors (K, z_dim), t (N,) in [0, 1] -> (N, z_dim).

    Each part from one anchor to the next takes an equal share of t; `closed` adds the part from the last to the first.
    """
    ends = torch.cat([anchors, anchors[:1]]) if closed else anchors
    parts = len(ends) - 1
    place = t.cpu().double().clamp(0, 1) * parts
    index = place.floor().long().clamp(max=parts - 1)
    z = anchors.new_empty(len(t), anchors.shape[1])
    for part in index.unique().tolist():
        here = index == part
        z[here] = (slerp if spherical else lerp)(ends[part], ends[part + 1], (place[here] - part).to(anchors))
    return z


def usual_length(z_dim: int) -> tuple[float, float]:
    """Return mean and standard deviation of ‖z‖ for z ~ N(0, I) of length z_dim (the chi distribution)."""
    mean = math.sqrt(2) * math.exp(math.lgamma((z_dim + 1) / 2) - math.lgamma(z_dim / 2))
    return mean, math.sqrt(max(z_dim - mean**2, 0.0))
