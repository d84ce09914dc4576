"""Notebook 04: other right ways to answer, and wrong answers with a part of the hint that each must get."""

import math

import numpy as np
import torch
import torch.nn.functional as F


def guess_numpy(pictures, loss):
    return (np.mean if loss == "squared" else np.median)(pictures.numpy(), axis=0)


def guess_sorted(pictures, loss):
    if loss == "squared":
        return sum(pictures) / len(pictures)
    return pictures.sort(dim=0).values[len(pictures) // 2]


def psnr_by_root(x, x_hat):
    root = F.mse_loss(x_hat, x, reduction="none").mean((1, 2, 3)).sqrt()
    return 20 * torch.log10(2 / root)


def psnr_one_by_one(x, x_hat):
    return [10 * math.log10(4 / float(F.mse_loss(a, b))) for a, b in zip(x, x_hat)]


def psnr_in_unit_range(x, x_hat):
    x, x_hat = (x + 1) / 2, (x_hat + 1) / 2
    return -10 * torch.log10((x - x_hat).square().flatten(1).mean(1))


def frequencies(side):
    k = torch.fft.fftfreq(side, d=1 / side)
    return torch.sqrt(k[:, None] ** 2 + k[None, :] ** 2)


def fine_by_parseval(x):
    H = x.shape[-1]
    waves = torch.fft.fft2(x - x.mean(dim=(-1, -2), keepdim=True), norm="ortho")
    keep = frequencies(H).round() > H / 4
    fine = torch.fft.ifft2(waves * keep, norm="ortho").real
    return fine.square().sum((1, 2, 3)) / (x - x.mean((2, 3), keepdim=True)).square().sum((1, 2, 3))


def fine_numpy(x):
    x, H = x.double().numpy(), x.shape[-1]
    power = np.fft.fftshift(np.abs(np.fft.fft2(x)) ** 2, axes=(2, 3))
    power[..., H // 2, H // 2] = 0
    k = np.arange(H) - H // 2
    keep = np.round(np.hypot(*np.meshgrid(k, k))) > H / 4
    return (power * keep).sum((1, 2, 3)) / power.sum((1, 2, 3))


def fine_with(power, radius=lambda H: frequencies(H).round(), where=lambda r, H: r > H / 4):
    def fine_part(x):
        H, each = x.shape[-1], power(x).sum(1)
        return (each * where(radius(H), H)).sum((1, 2)) / each.sum((1, 2))

    return fine_part


def power(x):
    return torch.fft.fft2(x - x.mean((2, 3), keepdim=True)).abs() ** 2


def lengths_of_indices(H):
    i = torch.arange(H)
    return torch.sqrt((i[:, None] ** 2 + i[None] ** 2).float()).round()


def left_by_selection(detail, rebuilt, mask):
    keep = mask.unsqueeze(1).expand_as(detail)
    d, r = detail[keep], rebuilt[keep]
    return (d @ r) / (d @ d)


def left_by_least_squares(detail, rebuilt, mask):
    keep = mask[:, None].expand_as(detail)
    return torch.linalg.lstsq(detail[keep][:, None], rebuilt[keep][:, None]).solution[0, 0]


@torch.no_grad()
def guess_by_pixel(pictures, loss):
    C, H, W = pictures.shape[1:]
    best = torch.empty(C, H, W)
    for c in range(C):
        for i in range(H):
            for j in range(W):
                values = sorted(pictures[:, c, i, j].tolist())
                best[c, i, j] = sum(values) / len(values) if loss == "squared" else values[len(values) // 2]
    return best


def guess_by_cost(pictures, loss):
    """The cost of a median is lowest, so one of the given values does for absolute errors, pixel by pixel."""
    if loss == "squared":
        return torch.einsum("mchw->chw", pictures) / pictures.size(0)
    cost = (pictures[:, None] - pictures[None]).abs().sum(1)
    return pictures.gather(0, cost.argmin(0, keepdim=True))[0]


def guess_by_halves(pictures, loss):
    """With M odd, the median is the largest of the smaller half."""
    if loss == "absolute":
        return pictures.topk(pictures.shape[0] // 2 + 1, dim=0, largest=False).values[-1]
    return pictures.double().sum(dim=0).div(pictures.shape[0]).float()


def psnr_numpy(x, x_hat):
    difference = (x.numpy().astype(np.float64) - x_hat.numpy()).reshape(len(x), -1)
    return 20 * np.log10(2) - 10 * np.log10(np.mean(difference**2, axis=1))


class PSNR(torch.nn.Module):
    def __init__(self, low=-1.0, high=1.0):
        super().__init__()
        self.register_buffer("range", torch.tensor(high - low))

    def forward(self, x, x_hat):
        errors = torch.stack([F.mse_loss(one, other) for one, other in zip(x_hat, x)])
        return 10 * (2 * torch.log10(self.range) - torch.log10(errors))


def fine_by_rfft(x):
    """Of half the waves; those whose mirror image is left out are counted twice."""
    H = x.shape[-1]
    power = torch.fft.rfft2(x - x.mean((2, 3), keepdim=True)).abs().square().sum(1)
    i, j = torch.fft.fftfreq(H, 1 / H), torch.fft.rfftfreq(H, 1 / H)
    twice = torch.where((j == 0) | (2 * j == H), 1.0, 2.0)
    cycles = torch.hypot(i[:, None], j[None]).round()
    return (power * twice * (cycles > H / 4)).sum((1, 2)) / (power * twice).sum((1, 2))


def fine_by_loops(x):
    shares = []
    for picture in x:
        total, fine = 0.0, 0.0
        for channel in picture:
            power = torch.fft.fft2(channel.double()).abs() ** 2
            H = len(power)
            for i in range(H):
                for j in range(H):
                    if i or j:
                        cycles = round(math.hypot(min(i, H - i), min(j, H - j)))
                        total += float(power[i, j])
                        fine += float(power[i, j]) * (cycles > H / 4)
        shares.append(fine / total)
    return torch.tensor(shares)


def fine_by_matrix(x):
    """The transform as two products with the matrix of waves."""
    H = x.shape[-1]
    n = torch.arange(H, dtype=torch.float64)
    waves = torch.exp(-2j * math.pi * n[:, None] * n / H)
    power = torch.einsum("ai,ncij,bj->ncab", waves, x.to(waves.dtype), waves).abs() ** 2
    k = torch.minimum(n, H - n)
    cycles = torch.round(torch.sqrt(k[:, None] ** 2 + k**2))
    power = power * (cycles > 0)
    return (power[..., 4 * cycles > H].sum((1, 2)) / power.sum((1, 2, 3))).float()


def fine_by_variance(x):
    """The fine waves' energy, over the variance of the pixels."""
    H = x.shape[-1]
    power = torch.fft.fft2(x, norm="forward").abs().pow(2)
    return (power * (frequencies(H).round() > H / 4)).sum((1, 2, 3)) / x.var((2, 3), correction=0).sum(1)


def left_by_numpy(detail, rebuilt, mask):
    d, r = (np.moveaxis(one.numpy(), 1, -1)[mask.numpy()].ravel() for one in (detail, rebuilt))
    return float(np.dot(d, r) / np.dot(d, d))


def left_by_where(detail, rebuilt, mask):
    d = torch.where(mask.unsqueeze(1), detail, torch.zeros(()))
    return torch.einsum("nchw,nchw->", d, rebuilt) / d.norm() ** 2


def left_by_loop(detail, rebuilt, mask):
    above, below = 0.0, 0.0
    for d, r, m in zip(detail, rebuilt, mask):
        above += (d * r)[:, m].sum()
        below += d[:, m].pow(2).sum()
    return above / below


def left_by_gradient(detail, rebuilt, mask):
    """One step of Newton's method, which a parabola needs."""
    c = torch.zeros((), requires_grad=True)
    cost = ((rebuilt - c * detail) * mask[:, None]).square().sum()
    (slope,) = torch.autograd.grad(cost, c, create_graph=True)
    (bend,) = torch.autograd.grad(slope, c)
    return -slope / bend


STYLES = {
    "best_guess": [
        guess_numpy,
        guess_sorted,
        lambda x, loss: x.mean(dim=0) if loss == "squared" else torch.median(x, dim=0).values,
        guess_by_pixel,
        guess_by_cost,
        guess_by_halves,
        lambda x, loss: {"squared": torch.mean, "absolute": torch.nanmedian}[loss](x, 0, keepdim=True)[0].view_as(x[0]),
    ],
    "psnr": [
        psnr_by_root,
        psnr_one_by_one,
        psnr_in_unit_range,
        psnr_numpy,
        PSNR(),
        lambda x, y: 10 * torch.log(4 / (x - y).pow(2).flatten(1).mean(-1)) / math.log(10),
        lambda x, y: 10 * torch.log10(4 * x[0].numel() / torch.einsum("nchw,nchw->n", x - y, x - y)),
    ],
    "fine_part": [fine_by_parseval, fine_numpy, fine_by_rfft, fine_by_loops, fine_by_matrix, fine_by_variance],
    "detail_left": [
        left_by_selection,
        left_by_least_squares,
        left_by_numpy,
        left_by_where,
        left_by_loop,
        left_by_gradient,
    ],
}

WRONG = {
    "best_guess": [
        (lambda x, loss: x.median(0).values if loss == "squared" else x.mean(0), "exchanged"),
        (lambda x, loss: x.mean(0), "squared errors only"),
        (lambda x, loss: x.median(0).values, "absolute errors only"),
        (lambda x, loss: x.mean() if loss == "squared" else x.median(), "one number"),
        (lambda x, loss: x.mean(0) if loss == "squared" else x.median(0), "two things"),
        (
            lambda x, loss: x.mean(0, keepdim=True) if loss == "squared" else x.median(0, keepdim=True).values,
            "(1, C, H, W)",
        ),
        (lambda x, loss: (x.max(0).values + x.min(0).values) / 2, "half-way"),
    ],
    "psnr": [
        (lambda x, y: 10 * torch.log10(1 / (x - y).square().mean((1, 2, 3))), "6 dB too low"),
        (lambda x, y: 20 * torch.log10(1 / (x - y).square().mean((1, 2, 3)).sqrt()), "6 dB too low"),
        (lambda x, y: 20 * torch.log10(255 / (x - y).square().mean((1, 2, 3)).sqrt()), "255"),
        (lambda x, y: 10 * torch.log10(4 / F.mse_loss(x, y)), "whole batch"),
        (lambda x, y: 10 * torch.log(4 / (x - y).square().mean((1, 2, 3))), "natural logarithm"),
        (lambda x, y: psnr_by_root(x, y).mean(), "each picture"),
        (lambda x, y: 10 * torch.log10((x - y).square().mean((1, 2, 3)) / 4), "upside down"),
        (lambda x, y: 10 * torch.log10(x.amax((1, 2, 3)) ** 2 / (x - y).square().mean((1, 2, 3))), "*could* occur"),
        (lambda x, y: 10 * torch.log10(2 / (x - y).square().mean((1, 2, 3))), "squared"),
    ],
    "fine_part": [
        (fine_with(lambda x: torch.fft.fft2(x).abs() ** 2), "mean of the picture"),
        (fine_with(lambda x: power(x).sqrt()), "amplitudes"),
        (fine_with(power, lengths_of_indices), "fftfreq"),
        (fine_with(lambda x: torch.fft.fftshift(power(x), dim=(2, 3))), "shifted"),
        (fine_with(power, where=lambda r, H: r <= H / 4), "*long*"),
        (fine_with(power, where=lambda r, H: r >= H / 4), "exactly H/4"),
        (fine_with(power, radius=frequencies), "*rounded*"),
        (lambda x: fine_by_parseval(x).mean(), "its own share"),
        (lambda x: fine_by_parseval(x) * x.var((2, 3), correction=0).mean(1), "Divide by that of all"),
    ],
    "detail_left": [
        (lambda d, r, m: ((d * r).sum() / (d * d).sum()).item(), "mask is not used"),
        (lambda d, r, m: (r * m[:, None]).square().sum() / (d * m[:, None]).square().sum(), "energies"),
        (lambda d, r, m: F.cosine_similarity((d * m[:, None]).flatten(), (r * m[:, None]).flatten(), dim=0), "cosine"),
        (lambda d, r, m: (d * r * m[:, None]).sum() / (r * r * m[:, None]).sum(), "instead of what was there"),
        (lambda d, r, m: (d * r * m[:, None]).sum() / (d * d).sum(), "above the line"),
        (lambda d, r, m: (d * r * m).sum() / (d * d * m).sum(), "left"),
        (lambda d, r, m: 1 - left_by_selection(d, r, m), "*lost*"),
        (lambda d, r, m: (r * m[:, None]).abs().sum() / (d * m[:, None]).abs().sum(), "absolute"),
    ],
}
