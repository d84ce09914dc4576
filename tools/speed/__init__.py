"""What `tools/bench.py` measures: the usual tutorial's GAN beside ganlib's."""
