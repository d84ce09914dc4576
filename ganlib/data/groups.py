"""Groups of similar pictures, found without any label."""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F

from ganlib.data.dataset import Dataset

SIDE = 16  # pixels to which pictures are averaged: groups go by shapes, not by single pixels
FITTED = 5000  # pictures that fix the groups' means; all others join the nearest


def grouped(data: Dataset, count: int) -> Dataset:
    """Return the same images, labelled by which of `count` groups of similar pictures they belong to.

    The groups are those of k-means (Lloyd 1982): each picture belongs to the nearest of `count` means, in Euclidean
    distance between pictures of 16×16 pixels. The labels that `data` may have are not looked at. Always the same for
    the same images.

    Raises:
        ValueError: if count is below 1, or there are fewer images than groups.
    """
    from sklearn.cluster import KMeans

    if not 1 <= count <= len(data):
        raise ValueError(f"{len(data)} images can be put into 1 to {len(data)} groups, not {count}")
    side = min(SIDE, *data.image_shape[1:])
    coarse = F.adaptive_avg_pool2d(data.images.cpu(), side)  # on Apple's GPUs the side must divide the pictures'
    coarse = coarse.flatten(1).double()  # the same on any thread count
    index = torch.linspace(0, len(data) - 1, min(FITTED, len(data))).round().long()
    means = KMeans(count, n_init=4, random_state=0)  # pyright: ignore[reportArgumentType]  read off its default, "auto"
    found = means.fit(coarse[index].numpy())
    labels = torch.from_numpy(found.predict(coarse.numpy())).long().to(data.images.device)
    return replace(data, labels=labels, classes=tuple(f"group {k}" for k in range(count)))
