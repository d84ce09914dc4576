"""Likelihoods: estimates from samples of z, the one model in which everything has a formula, and units."""

from ganlib.likelihood.estimate import effective_samples, log_mean_exp
from ganlib.likelihood.linear import LinearTask
from ganlib.likelihood.mixture import FullMixture, fit_mixture
from ganlib.likelihood.ppca import PPCA
from ganlib.likelihood.units import bits_per_dimension

__all__ = [
    "PPCA",
    "FullMixture",
    "LinearTask",
    "bits_per_dimension",
    "effective_samples",
    "fit_mixture",
    "log_mean_exp",
]
