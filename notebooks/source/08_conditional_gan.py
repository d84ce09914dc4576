# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 08 · Conditional GANs
#
# {{badges}}
#
# **Question**: how does one ask a generator for a particular picture?
#
# **Time**: 90 s on two cores.

# %% tags=["setup"]

# %% [markdown]
# ## 1 · Asking for a seven

# %%
import matplotlib.pyplot as plt
import torch
from ganlib import data, metrics, plots, pretrained

# %% [markdown]
# ## 7 · Image to image: pix2pix

# %% [markdown]
# (to come)

# %% [markdown]
# ## 8 · Super-resolution

# %% [markdown]
# ## What you should be able to say now
