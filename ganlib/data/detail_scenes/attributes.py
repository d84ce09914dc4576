"""What is known of every scene, and how often each comes."""

from __future__ import annotations

import numpy as np

from ganlib.data.detail_scenes.font import LETTERS
from ganlib.data.drawing import pick
from ganlib.data.drawing_batch import draws

THINGS = {"nothing": 16, "basket": 28, "jar": 28, "person": 28}

# Name of each choice -> how often, in percent; every choice is independent of all the others.
CHOICES: dict[str, dict[str, int]] = {
    "sky": {"morning": 28, "noon": 28, "dusk": 24, "night": 20},
    "weather": {"clear": 40, "cloudy": 60},
    "tree": {"none": 24, "left": 38, "right": 38},
    "season": {"summer": 36, "autumn": 34, "blossom": 30},
    "sign_colour": {"navy": 20, "forest": 20, "cream": 20, "red": 20, "black": 20},
    "sign_letters": {"three": 30, "four": 35, "five": 35},
    "cloth": {"lace": 60, "checks": 25, "bare": 15},
    "cloth_colour": {"walnut": 25, "wine": 25, "teal": 25, "slate": 25},
    "left": THINGS,
    "middle": THINGS,
    "right": THINGS,
    "hair_colour": {"black": 25, "brown": 25, "auburn": 25, "blond": 25},
    "hair_style": {"loose": 60, "plait": 40},
    "label_colour": {"white": 40, "yellow": 30, "pink": 30},
}

BIRDS, LEAVES, HOUSES, FLOORS, ACROSS = 5, 26, 4, 4, 3  # places for a bird, leaves of a tree, windows of the houses
NAMES = {name: tuple(choices) for name, choices in CHOICES.items()}

# Columns of random numbers beyond the choices: name -> how many.
_MORE = {"sign_text": 5, "label_text": 6, "birds": BIRDS, "sign_place": 2, "jitter": 128}


def sample(count: int, split: str = "train", seed: int = 0) -> dict[str, np.ndarray]:
    """Draw the attributes of `count` scenes; the first n of them are the same for every count ≥ n.

    Returns by name: choices (count,) int64; sign_text (count, 5) and label_text (count, 3, 2) int64, codes of letters,
    −1 for none; birds (count, 5) int64, 1 where there is one; sign_place (count, 2) and jitter (count, 128) float32.
    """
    width = len(CHOICES) + sum(_MORE.values())
    u = draws(count, width, 2, split, seed)
    drawn = {
        name: pick(u[:, column], np.array(list(weights.values())))
        for column, (name, weights) in enumerate(CHOICES.items())
    }
    ends = np.cumsum([len(CHOICES), *_MORE.values()])
    more = {name: u[:, start:end] for name, start, end in zip(_MORE, ends, ends[1:])}
    letters = np.floor(more["sign_text"] * np.float64(len(LETTERS))).astype(np.int64)
    drawn["sign_text"] = np.where(np.arange(5) < drawn["sign_letters"][:, None] + 3, letters, -1)
    letters = np.floor(more["label_text"] * np.float64(len(LETTERS))).astype(np.int64).reshape(count, 3, 2)
    jars = np.stack([drawn[slot] == NAMES["left"].index("jar") for slot in ("left", "middle", "right")], axis=1)
    drawn["label_text"] = np.where(jars[..., None], letters, -1)
    drawn["birds"] = (more["birds"] < 0.5).astype(np.int64)
    return {**drawn, "sign_place": more["sign_place"].copy(), "jitter": more["jitter"].copy()}
