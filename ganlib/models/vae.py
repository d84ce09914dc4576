"""Variational autoencoders (Kingma and Welling 2014), of multilayer perceptrons and of convolutions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from ganlib.likelihood import elbo
from ganlib.models.generate import Generator
from ganlib.models.mlp import MLP, MLPGenerator


class VAE(nn.Module):
    """An encoder q(z|x) = N(mean, diag(exp log_var)), a decoder p(x|z) around a picture, and the prior N(0, I).

    encoder: x (N, C, H, W) -> (N, 2 z_dim).  decoder: z (N, z_dim) -> (N, C, H, W) in (-1, 1), with `z_dim`.
    likelihood: "gaussian", "laplace" or "bernoulli" (of which sigma is no part).
    sigma: the deviation of a pixel from the decoder's, in the pixels' unit; learn_sigma: one number learned with the
    rest (Rybkin, Daniilidis and Levine 2021).
    The decoder alone is a generator: `ganlib.models.generate(vae.decoder, z)`, and every widget takes it.

    Raises:
        ValueError: for an unknown likelihood, or a sigma that is not positive.
    """

    z_dim: int

    def __init__(
        self,
        encoder: nn.Module,
        decoder: Generator,
        *,
        likelihood: str = "gaussian",
        sigma: float = 0.3,
        learn_sigma: bool = False,
    ):
        super().__init__()
        if likelihood not in elbo.LIKELIHOODS or not sigma > 0:
            known = ", ".join(elbo.LIKELIHOODS)
            raise ValueError(f"likelihood must be one of {known} and sigma positive, not {likelihood!r} and {sigma}")
        self.encoder, self.decoder, self.likelihood = encoder, decoder, likelihood
        self.z_dim = decoder.z_dim
        self.log_sigma = nn.Parameter(torch.tensor(math.log(sigma)), requires_grad=learn_sigma)

    @property
    def sigma(self) -> float:
        """The deviation of a pixel from the decoder's picture."""
        return float(self.log_sigma.detach().exp())

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and log_var of q(z|x), each (N, z_dim)."""
        mean, log_var = self.encoder(x).chunk(2, dim=1)
        return mean, log_var

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Return the picture around which p(x|z) lies: (N, z_dim) -> (N, C, H, W)."""
        return self.decoder(z)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the reconstruction from the mean of q(z|x): (N, C, H, W) -> (N, C, H, W)."""
        return self.decode(self.encode(x)[0])

    def log_likelihood(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """Return log p(x|z) in nats: x (N, C, H, W), z (N, z_dim) -> (N,)."""
        return elbo.LIKELIHOODS[self.likelihood](x, self.decode(z), self.log_sigma)

    def terms(self, x: torch.Tensor, generator: torch.Generator | None = None) -> elbo.Terms:
        """Return the ELBO's two terms of each picture, with one reparametrised z an example (their eq. 7)."""
        mean, log_var = self.encode(x)
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        z = elbo.reparametrised(mean, log_var, noise)
        return elbo.Terms(self.log_likelihood(x, z), elbo.gaussian_kl(mean, log_var))

    def log_weights(self, x: torch.Tensor, K: int, generator: torch.Generator | None = None) -> torch.Tensor:
        """Return log p(x|z) + log p(z) - log q(z|x) for K draws of z from q(z|x): (N, C, H, W) -> (K, N)."""
        mean, log_var = self.encode(x)
        rows = []
        for _ in range(K):
            z = elbo.reparametrised(mean, log_var, torch.randn(mean.shape, generator=generator, device=mean.device))
            rows.append(self.log_likelihood(x, z) + elbo.log_normal(z) - elbo.log_normal(z, mean, log_var))
        return torch.stack(rows)


class MLPVAE(VAE):
    """A VAE of two multilayer perceptrons that mirror each other; `options` as for `VAE`."""

    def __init__(self, image_shape: Sequence[int], z_dim: int, hidden: Sequence[int] = (256, 128), **options):
        encoder = MLP([math.prod(image_shape), *hidden, 2 * z_dim])
        super().__init__(encoder, MLPGenerator(z_dim, tuple(reversed(hidden)), tuple(image_shape)), **options)


class ConvDecoder(Generator):
    """Draw images from z: a 4x4 sheet of features, doubled by transposed convolutions until it has the images' size.

    z: (N, z_dim) -> x: (N, C, S, S) in (-1, 1).
    """

    def __init__(self, z_dim: int, image_shape: Sequence[int], width: int = 32):
        super().__init__()
        self.z_dim = z_dim
        channels, size, _ = image_shape
        widths = _widths(size, width)[::-1]
        layers: list[nn.Module] = [nn.Linear(z_dim, widths[0] * 16), nn.LeakyReLU(0.2)]
        layers.append(nn.Unflatten(1, (widths[0], 4, 4)))
        for wide_in, wide_out in zip(widths, widths[1:]):
            layers += [nn.ConvTranspose2d(wide_in, wide_out, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        layers += [nn.ConvTranspose2d(widths[-1], channels, 4, stride=2, padding=1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.layers(z)


class ConvVAE(VAE):
    """A VAE of strided convolutions down to 4x4 and transposed ones back, for square images of 8, 16, 32, 64 … pixels.

    image_shape: (C, S, S).  width: channels of the layer next to the images; they double from layer to layer.
    options: as for `VAE`.

    Raises:
        ValueError: if the images are not square, or their side is no power of two from 8 on.
    """

    def __init__(self, image_shape: Sequence[int], z_dim: int, width: int = 32, **options):
        channels, height, size = image_shape
        if height != size or size < 8 or size & (size - 1):
            raise ValueError(f"images must be square with a side of 8, 16, 32, 64 … pixels, not {height}x{size}")
        layers: list[nn.Module] = []
        for wide_in, wide_out in zip([channels, *_widths(size, width)], _widths(size, width)):
            layers += [nn.Conv2d(wide_in, wide_out, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        encoder = nn.Sequential(*layers, nn.Flatten(), nn.Linear(_widths(size, width)[-1] * 16, 2 * z_dim))
        super().__init__(encoder, ConvDecoder(z_dim, image_shape, width), **options)


def _widths(size: int, width: int) -> list[int]:
    """Return the channels of each halving from `size` down to 4 pixels: width, 2 width, 4 width …"""
    return [width << level for level in range(int(math.log2(size)) - 2)]
