"""Widgets of likelihood: one density beside samples, and mixtures."""
