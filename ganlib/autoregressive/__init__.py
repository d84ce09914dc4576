"""Models of images pixel by pixel: heads, likelihood, training, and sampling with or without a cache."""

from ganlib.autoregressive.model import Drawn, FitStep, binarise, fit, grid_of, log_likelihood, nll, sample

__all__ = ["Drawn", "FitStep", "binarise", "fit", "grid_of", "log_likelihood", "nll", "sample"]
