"""From nats an image to bits a dimension, the unit in which models of pictures are compared."""

from __future__ import annotations

import math

import torch


def bits_per_dimension(log_prob: torch.Tensor, dimensions: int, level_width: float) -> torch.Tensor:
    """Return -(log p(x) + D log w) / (D ln 2): the bits that one grey level of one pixel costs.

    A density's logarithm depends on the unit of x; the probability of a *level*, about p(x) w^D, does not (Theis et al.
    2016, section 3.1). If the model was fitted to levels plus noise uniform over one level, the mean of the result is
    at least the bits of the best code that the model allows for the levels themselves.

    log_prob: log p(x) in nats, any shape.  dimensions: D, numbers an example.
    level_width: distance of two neighbouring grey levels in the units of x: 1/256 if 256 levels span [0, 1], 2/256 if
    they span [-1, 1]; 1 if x counts levels, or if log_prob is the log-probability of discrete levels already.

    Raises:
        ValueError: if dimensions or level_width is not positive.
    """
    if dimensions < 1 or level_width <= 0:
        raise ValueError(f"dimensions and level_width must be positive, not {dimensions} and {level_width}")
    return -(log_prob / dimensions + math.log(level_width)) / math.log(2)
