"""Training loops as generators: the caller owns the logging and the drawing."""

from ganlib.models.modes import frozen
from ganlib.progress_line import progress
from ganlib.train.autoencoding import ELBOStep, ELBOTraining
from ganlib.train.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from ganlib.train.conditional import ConditionalTraining
from ganlib.train.ensemble import train_ensemble
from ganlib.train.film import Film
from ganlib.train.paired import PairedStep, PairedTraining
from ganlib.train.schedules import constant, constant_then_linear
from ganlib.train.training import Step, Training
from ganlib.train.updates import Given, update_D, update_G

__all__ = [
    "CheckpointError",
    "ConditionalTraining",
    "ELBOStep",
    "ELBOTraining",
    "Film",
    "Given",
    "PairedStep",
    "PairedTraining",
    "Step",
    "Training",
    "constant",
    "constant_then_linear",
    "frozen",
    "load_checkpoint",
    "progress",
    "save_checkpoint",
    "train_ensemble",
    "update_D",
    "update_G",
]
