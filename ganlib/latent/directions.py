"""What ways and directions in z do to pictures: steps as a network sees them, directions with and without labels."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import torch
from torch import nn

from ganlib.latent.ways import lerp, slerp
from ganlib.models import generate
from ganlib.models.generate import Generator

Read = Callable[[torch.Tensor], torch.Tensor]  # pictures (N, C, H, W) -> features or probabilities (N, F)


def step_lengths(features: torch.Tensor) -> torch.Tensor:
    """Return how far each step of a way goes: features (..., T, F) -> Euclidean distances (..., T - 1)."""
    return torch.linalg.vector_norm(features.diff(dim=-2), dim=-1)


def even_places(t: torch.Tensor, lengths: torch.Tensor, count: int) -> torch.Tensor:
    """Return `count` places between t[0] and t[-1] that cut a way into parts of equal length.

    t: (T,) increasing.  lengths: (T - 1,), of the steps between them, not negative.  -> (count,).

    Raises:
        ValueError: if count is below 2, the shapes do not fit, or the way has no length.
    """
    if count < 2 or lengths.shape != (len(t) - 1,) or not lengths.sum() > 0:
        raise ValueError(f"need count >= 2 and {len(t) - 1} lengths, not all 0; got {count}, {lengths.shape}")
    walked = torch.cat([lengths.new_zeros(1), lengths.cumsum(0)])
    wanted = torch.linspace(0, 1, count).to(walked) * walked[-1]
    after = torch.searchsorted(walked, wanted).clamp(1, len(t) - 1)
    share = (wanted - walked[after - 1]) / (walked[after] - walked[after - 1]).clamp(min=1e-12)
    return torch.lerp(t[after - 1].to(share), t[after].to(share), share.clamp(0, 1))


@torch.no_grad()
def path_length(
    G: Generator, features: Read, *, pairs: int = 200, spherical: bool = True, epsilon: float = 0.01, seed: int = 0
) -> float:
    """Return the perceptual path length E |f(G(z(t))) - f(G(z(t + eps)))|^2 / eps^2 (Karras et al. 2019, eq. 2).

    z(t) is the way from one drawn z to another, an arc or a straight line, t evenly drawn; f are `features`.
    """
    generator = torch.Generator().manual_seed(seed)
    device = next(G.parameters()).device
    a, b = torch.randn(2, pairs, G.z_dim, generator=generator)
    t = (1 - epsilon) * torch.rand(pairs, generator=generator)
    way = slerp if spherical else lerp
    z = torch.stack([way(a[k], b[k], torch.stack([t[k], t[k] + epsilon])) for k in range(pairs)], 1).to(device)
    before, after = (features(generate(G, end)) for end in z)
    return float((before - after).square().sum(1).mean() / epsilon**2)


def mean_differences(z: torch.Tensor, has: torch.Tensor) -> torch.Tensor:
    """Return for each attribute the mean z of those that have it minus that of those that do not.

    z: (N, z_dim), has: (N, K) bool -> (K, z_dim). (Larsen et al. 2016, section 4.2; White 2016.)

    Raises:
        ValueError: if all or none have an attribute.
    """
    share = has.cpu().double().mean(0)
    if (share == 0).any() or (share == 1).any():
        raise ValueError(f"each attribute must be there in some and missing in others; the shares are {share.tolist()}")
    yes, no = has.to(z.dtype).T, (~has).to(z.dtype).T
    return yes @ z / yes.sum(1, keepdim=True) - no @ z / no.sum(1, keepdim=True)


def boundary_normals(z: torch.Tensor, has: torch.Tensor, *, weight: float = 1.0) -> torch.Tensor:
    """Return for each attribute the unit normal of the plane that best parts those who have it from those who do not.

    By logistic regression with a penalty of weight/2 on the squared coefficients (Shen et al. 2020, section 3.2, with
    a support vector machine in its place). Unlike a difference of means it keeps to itself: what an attribute shares
    with another only because both often come together does not count twice.
    z: (N, z_dim), has: (N, K) bool -> (K, z_dim).

    Raises:
        ValueError: if all or none have an attribute.
    """
    from sklearn.linear_model import LogisticRegression

    rows = []
    for column in has.T.cpu().numpy():
        fitted = LogisticRegression(C=1 / weight, max_iter=200).fit(z.cpu().double().numpy(), column)
        rows.append(torch.from_numpy(fitted.coef_[0]))
    return nn.functional.normalize(torch.stack(rows), dim=1).to(z)


def apart(directions: torch.Tensor) -> torch.Tensor:
    """Return each direction without its share in all the others, at its old length (Shen et al. 2020, eq. 8).

    directions: (K, z_dim), linearly independent -> (K, z_dim), each at right angles to the other old ones.

    Raises:
        ValueError: if a direction lies in the span of the others.
    """
    rows, home, directions = [], directions.device, directions.cpu()  # Apple's GPUs have no QR factors
    for k, direction in enumerate(directions):
        others = torch.cat([directions[:k], directions[k + 1 :]])
        basis = torch.linalg.qr(others.T).Q if len(others) else directions.new_zeros(len(direction), 0)
        rest = direction - basis @ (basis.T @ direction)
        if rest.norm() < 1e-5 * direction.norm():
            raise ValueError(f"direction {k} lies in the span of the others: nothing is left of it")
        rows.append(rest / rest.norm() * direction.norm())
    return torch.stack(rows).to(home)


def first_layer(G: Generator) -> nn.Linear:
    """Return the layer that z enters.

    Raises:
        TypeError: if it is not an `nn.Linear` of z.
    """
    for layer in G.modules():
        if isinstance(layer, nn.Linear):
            if layer.in_features != G.z_dim:
                break
            return layer
    raise TypeError(f"z does not enter {type(G).__name__} by an nn.Linear with {G.z_dim} inputs")


def closed_form_directions(G: Generator, count: int) -> torch.Tensor:
    """Return the `count` unit directions of z that the first layer's weights A stretch most: (count, z_dim).

    They maximise |A n| over unit vectors n: the leading eigenvectors of A^T A (Shen and Zhou 2021, eqs. 5-6).
    Each is turned so that its largest component is positive.
    """
    return _turned(torch.linalg.svd(first_layer(G).weight.detach().cpu().double(), full_matrices=False).Vh[:count])


@torch.no_grad()
def activation_directions(G: Generator, count: int, *, samples: int = 4000, seed: int = 0) -> torch.Tensor:
    """Return `count` unit directions of z behind the principal components of an early layer: (count, z_dim).

    The layer is what follows the first nn.Linear and its normalisation, after the non-linearity. A component's
    direction is found by regressing z on the coordinates (Härkönen et al. 2020, GANSpace, section 2.2).
    """
    z = torch.randn(samples, G.z_dim, generator=torch.Generator().manual_seed(seed))
    h = _early(G, z.to(next(G.parameters()).device)).cpu().double()
    h = h - h.mean(0)
    V = torch.linalg.eigh(h.T @ h / samples).eigenvectors.flip(1)[:, :count]  # of the covariance, largest first
    coordinates = h @ V
    solved = torch.linalg.lstsq(coordinates, z.double()).solution  # (count, z_dim)
    return _turned(nn.functional.normalize(solved, dim=1))


class _EnoughError(Exception):
    """Ends a forward pass whose later layers nobody needs."""


def _early(G: Generator, z: torch.Tensor) -> torch.Tensor:
    """Return the activations behind the first non-linearity of G: (N, F)."""
    parts = []

    def keep(_module, _inputs, output):
        parts.append(output.flatten(1).clone())
        raise _EnoughError

    kinds = (nn.ReLU, nn.LeakyReLU)
    hook = next(layer for layer in G.modules() if isinstance(layer, kinds)).register_forward_hook(keep)
    try:
        for part in z.split(100):
            with contextlib.suppress(_EnoughError):
                generate(G, part, chunk=len(part))
    finally:
        hook.remove()
    return torch.cat(parts)


def _turned(rows: torch.Tensor) -> torch.Tensor:
    largest = rows.gather(1, rows.abs().argmax(1, keepdim=True))
    return (rows * largest.sign()).float()


@torch.no_grad()
def effects(G: Generator, read: Read, z: torch.Tensor, directions: torch.Tensor, size: float = 2.0) -> torch.Tensor:
    """Return what is read on average at z + size * n minus what is read at z - size * n, for each unit direction n.

    z: (N, z_dim), directions: (K, z_dim) of any length -> (K, F), F numbers being read off each picture.
    """
    rows = []
    for n in nn.functional.normalize(directions, dim=1).to(z):
        rows.append(read(generate(G, z + size * n)).mean(0) - read(generate(G, z - size * n)).mean(0))
    return torch.stack(rows)
