"""What is known of every sketched face, and how often each comes."""

from __future__ import annotations

import numpy as np

from ganlib.data.drawing import pick
from ganlib.data.drawing_batch import draws

# Name of each choice -> how often, in percent. Where the two presentations differ: (woman, man).
CHOICES: dict[str, dict[str, int | tuple[int, int]]] = {
    "presentation": {"woman": 50, "man": 50},
    "skin": {"ivory": 17, "peach": 18, "honey": 17, "olive": 16, "brown": 16, "ebony": 16},
    "face_shape": {"oval": 26, "round": 24, "long": 16, "square": (12, 22), "heart": (22, 12)},
    "hair_style": {
        "shaved": (2, 12), "crop": (9, 25), "parted": (7, 23), "spikes": (3, 14), "curls": (17, 12),
        "straight": (22, 5), "waves": (20, 6), "bun": (11, 2), "pigtails": (9, 1),
    },
    "hair_colour": {"black": 22, "brown": 24, "auburn": 14, "blond": 16, "grey": 12, "pink": 6, "teal": 6},
    "fringe": {"no": 60, "yes": 40},
    "eyes": {"open": 84, "wink": 8, "happy": 8},
    "eye_colour": {"brown": 34, "hazel": 22, "green": 20, "blue": 24},
    "lashes": {"no": (6, 94), "yes": (94, 6)},
    "lips": {"plain": (15, 97), "coloured": (85, 3)},
    "mouth_open": {"no": 62, "yes": 38},
    "beard": {"none": (100, 42), "stubble": (0, 14), "moustache": (0, 14), "goatee": (0, 12), "full": (0, 18)},
    "glasses": {"none": 62, "round": 19, "square": 19},
    "hat": {"none": 68, "beanie": 9, "cap": 8, "straw": 8, "party": 7},
    "hat_colour": {"red": 20, "mustard": 20, "green": 20, "navy": 20, "plum": 20},
    "earrings": {"no": (52, 90), "yes": (48, 10)},
    "clothes": {"t-shirt": 30, "stripes": 24, "collar": 24, "scarf": 22},
    "clothes_colour": {"red": 17, "mustard": 17, "green": 17, "navy": 17, "plum": 16, "cream": 16},
    "background": {"plain": 24, "disc": 22, "stripes": 18, "dots": 18, "hills": 18},
    "background_colour": {"sky": 17, "mint": 17, "sand": 17, "rose": 17, "lilac": 16, "lemon": 16},
    "freckles": {"no": 65, "yes": 35},
    "wrinkles": {"no": 68, "yes": 32},
    "strands": {"no": 50, "yes": 50},
}  # fmt: skip

# Name -> lowest and highest value, evenly spread between. Where the two presentations differ: (woman, man).
RANGES: dict[str, tuple] = {
    "turn": (-1.0, 1.0),  # the head to the picture's left (−) or right (+); 1 is some 25°
    "tilt": (-1.0, 1.0),  # leaning to the left (−) or right (+); 1 is 10°
    "smile": (-0.4, 1.0),  # corners of the mouth: down (−), level, up (+)
    "hair_length": (0.0, 1.0),  # of straight hair, waves and pigtails: chin to below the shoulder
    "eye_size": (0.0, 1.0),
    "gaze": (-1.0, 1.0),  # where the eyes look, left to right
    "brow_tilt": (-1.0, 1.0),  # inner ends up (−, worried) or down (+, stern)
    "brow_weight": ((0.0, 0.6), (0.5, 1.0)),
    "nose_size": (0.0, 1.0),
    "cheeks": (0.0, 1.0),  # how rosy
    "age": (0.0, 1.0),  # how deep the wrinkles are, where there are any
}

JITTER = 64  # numbers a face that place its freckles, wrinkles and strands

NAMES = {name: tuple(choices) for name, choices in CHOICES.items()}


def sample(count: int, split: str = "train", seed: int = 0) -> dict[str, np.ndarray]:
    """Draw the attributes of `count` faces; the first n of them are the same for every count ≥ n.

    Returns by name: choices as (count,) int64, ranges as (count,) float32, and "jitter", (count, 64) float32.
    """
    width = len(CHOICES) + len(RANGES) + JITTER
    u = draws(count, width, 1, split, seed)
    drawn = {"presentation": pick(u[:, 0], np.array([50, 50]))}
    for column, (name, choices) in enumerate(CHOICES.items()):
        drawn[name] = pick(u[:, column], _by_presentation(list(choices.values()))[drawn["presentation"]])
    for column, (name, span) in enumerate(RANGES.items(), start=len(CHOICES)):
        low, high = _by_presentation(list(span if np.ndim(span) == 1 else zip(*span)))[drawn["presentation"]].T
        drawn[name] = (low + (high - low) * u[:, column]).astype(np.float32)
    drawn["jitter"] = u[:, -JITTER:].copy()
    return drawn


def _by_presentation(numbers: list) -> np.ndarray:
    """Spread single numbers over both presentations: a list of K numbers or pairs -> (2, K)."""
    pairs = [number if isinstance(number, tuple) else (number, number) for number in numbers]
    return np.array(pairs).T
