"""Likelihoods: estimates from samples, the one case with a formula, mixtures, density networks, and their units."""

from ganlib.likelihood.estimate import effective_samples, log_mean_exp

__all__ = ["effective_samples", "log_mean_exp"]
