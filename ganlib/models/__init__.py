"""Networks by architecture. Discriminators return logits; generators end in tanh."""

from ganlib.models.autoencoder import MLPAutoencoder
from ganlib.models.bigan import BiGAN, PairDiscriminator, bigan_pair
from ganlib.models.convnet import ConvNet
from ganlib.models.dcgan import DCGANDiscriminator, DCGANGenerator, dcgan_pair, init_dcgan
from ganlib.models.ensemble import MLPEnsemble
from ganlib.models.generate import generate
from ganlib.models.grid_vae import GridVAE
from ganlib.models.mlp import MLP, MLPGenerator, mlp_pair
from ganlib.models.patch import PatchDiscriminator
from ganlib.models.pixelcnn import GatedPixelCNN, MaskedConv2d, PixelCNN
from ganlib.models.pixelrnn import PixelRNN
from ganlib.models.super_resolution import SubPixelNet
from ganlib.models.unet import UNet
from ganlib.models.vae import MLPVAE, VAE, ConvDecoder, ConvVAE

__all__ = [
    "BiGAN",
    "ConvDecoder",
    "ConvNet",
    "ConvVAE",
    "DCGANDiscriminator",
    "DCGANGenerator",
    "GatedPixelCNN",
    "GridVAE",
    "MLP",
    "MLPAutoencoder",
    "MLPEnsemble",
    "MLPGenerator",
    "MLPVAE",
    "MaskedConv2d",
    "PatchDiscriminator",
    "PairDiscriminator",
    "PixelCNN",
    "PixelRNN",
    "SubPixelNet",
    "UNet",
    "VAE",
    "bigan_pair",
    "count_parameters",
    "dcgan_pair",
    "generate",
    "init_dcgan",
    "mlp_pair",
]


def count_parameters(network) -> int:
    """Count the numbers that training may change."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
