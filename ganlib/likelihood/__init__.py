"""Likelihoods: estimates from samples of z, the one model in which everything has a formula, and units."""

from ganlib.likelihood.estimate import effective_samples, log_mean_exp
from ganlib.likelihood.linear import LinearTask
from ganlib.likelihood.ppca import PPCA
from ganlib.likelihood.units import bits_per_dimension

__all__ = ["PPCA", "LinearTask", "bits_per_dimension", "effective_samples", "log_mean_exp"]
