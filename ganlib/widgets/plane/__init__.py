"""The lab of GANs in the plane."""
