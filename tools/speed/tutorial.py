"""A GAN as tutorials write it, to be measured beside ganlib: what it does is meant, what it wastes too.

Each image is opened, scaled and normalised by itself on its way from the data set to the batch; D ends in a sigmoid
under BCELoss; G's step computes gradients of D that are thrown away; Adam has its defaults; every batch's losses are
read back and printed. Fakes are detached for D. Some tutorials draw fresh noise for G, as Goodfellow et al. 2014 and
ganlib do; others use D's fakes a second time, which saves a pass through G: both are measured.
"""

from __future__ import annotations

from typing import TextIO

import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms


class PictureSet(Dataset):
    """Hold uint8 images (N, H, W) and give them out one by one, as torchvision's MNIST does."""

    def __init__(self, images: torch.Tensor, transform):
        self.images, self.transform = images, transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.transform(Image.fromarray(self.images[index].numpy())), 0


class TutorialGAN:
    """The tutorial's training of G and D, to be run for any number of steps.

    images: (N, 1, H, W) in [-1, 1].  out: where the losses are printed, every batch.
    reuse: train G on the fakes that D has just seen, instead of on fresh ones.
    """

    def __init__(
        self,
        G: nn.Module,
        D: nn.Module,
        images: torch.Tensor,
        *,
        batch_size: int,
        lr: float,
        betas: tuple[float, float],
        out: TextIO,
        reuse: bool = False,
    ):
        self.device = images.device
        self.G, self.D, self.out, self.reuse = G.to(self.device), D.to(self.device), out, reuse
        side = images.shape[-1]  # to which tutorials resize even what has that size already
        transform = transforms.Compose(
            [transforms.Resize(side), transforms.ToTensor(), transforms.Normalize([0.5], [0.5])]
        )
        pictures = images[:, 0].cpu().add(1).mul(127.5).round().to(torch.uint8)
        self.loader = DataLoader(PictureSet(pictures, transform), batch_size=batch_size, shuffle=True, drop_last=True)
        self.opt_G = torch.optim.Adam(G.parameters(), lr=lr, betas=betas)
        self.opt_D = torch.optim.Adam(D.parameters(), lr=lr, betas=betas)
        self.criterion = nn.BCELoss()
        self.batches = iter(self.loader)
        self.done = 0

    def run(self, steps: int) -> None:
        """Train for `steps` batches, going through the data as often as that takes."""
        for _ in range(steps):
            try:
                imgs, _ = next(self.batches)
            except StopIteration:
                self.batches = iter(self.loader)
                imgs, _ = next(self.batches)
            self.batch(imgs)
            self.done += 1

    def batch(self, imgs: torch.Tensor) -> None:
        """Train on one batch, in the order of the tutorials: D on real and fake, then G."""
        real_imgs = imgs.to(self.device)
        valid = torch.ones(imgs.size(0), device=self.device)
        fake = torch.zeros(imgs.size(0), device=self.device)
        z = torch.randn(imgs.size(0), self.G.z_dim, device=self.device)
        gen_imgs = self.G(z)

        self.opt_D.zero_grad()
        real_loss = self.criterion(torch.sigmoid(self.D(real_imgs)), valid)
        fake_loss = self.criterion(torch.sigmoid(self.D(gen_imgs.detach())), fake)
        d_loss = real_loss + fake_loss
        d_loss.backward()
        self.opt_D.step()

        self.opt_G.zero_grad()
        if not self.reuse:
            gen_imgs = self.G(torch.randn(imgs.size(0), self.G.z_dim, device=self.device))
        g_loss = self.criterion(torch.sigmoid(self.D(gen_imgs)), valid)
        g_loss.backward()
        self.opt_G.step()
        print(f"[Batch {self.done}] [D loss: {d_loss.item():f}] [G loss: {g_loss.item():f}]", file=self.out)
