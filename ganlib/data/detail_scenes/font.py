"""The course's own letters, 5 pixels wide and 7 high, in one stroke width."""

from __future__ import annotations

import numpy as np
import torch

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WIDE, HIGH, STEP = 5, 7, 6  # pixels: a letter's width and height, and from one letter to the next

# Seven rows of each letter, top to bottom; five binary digits a row, left to right, written as a number.
_ROWS = {
    "A": (4, 10, 10, 17, 31, 17, 17), "B": (30, 17, 17, 30, 17, 17, 30), "C": (15, 16, 16, 16, 16, 16, 15),
    "D": (28, 18, 17, 17, 17, 18, 28), "E": (31, 16, 16, 30, 16, 16, 31), "F": (31, 16, 16, 28, 16, 16, 16),
    "G": (15, 16, 16, 19, 17, 17, 15), "H": (17, 17, 17, 31, 17, 17, 17), "I": (14, 4, 4, 4, 4, 4, 14),
    "J": (7, 1, 1, 1, 1, 17, 14), "K": (17, 18, 20, 24, 20, 18, 17), "L": (16, 16, 16, 16, 16, 16, 31),
    "M": (17, 27, 21, 21, 17, 17, 17), "N": (17, 25, 25, 21, 19, 19, 17), "O": (14, 17, 17, 17, 17, 17, 14),
    "P": (30, 17, 17, 30, 16, 16, 16), "Q": (14, 17, 17, 17, 21, 18, 13), "R": (30, 17, 17, 30, 20, 18, 17),
    "S": (15, 16, 16, 14, 1, 1, 30), "T": (31, 4, 4, 4, 4, 4, 4), "U": (17, 17, 17, 17, 17, 17, 14),
    "V": (17, 17, 17, 17, 17, 10, 4), "W": (17, 17, 17, 21, 21, 27, 17), "X": (17, 17, 10, 4, 10, 17, 17),
    "Y": (17, 17, 10, 4, 4, 4, 4), "Z": (31, 1, 2, 4, 8, 16, 31),
}  # fmt: skip


def _glyphs() -> np.ndarray:
    """Unpack the rows: (27, 7, 5) float32, 1 where there is ink; the last one is the empty glyph of code −1."""
    bits = [[[row >> (4 - column) & 1 for column in range(WIDE)] for row in _ROWS[letter]] for letter in LETTERS]
    return np.concatenate([np.array(bits, np.float32), np.zeros((1, HIGH, WIDE), np.float32)])


GLYPHS = _glyphs()


def read(codes: torch.Tensor) -> str:
    """Return the text of a row of codes: 0 is A, 25 is Z, −1 is nothing: (L,) -> str."""
    return "".join(LETTERS[code] for code in codes.tolist() if code >= 0)


def ink(area, codes: np.ndarray, left: np.ndarray, top: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ink of a line of letters in a window, and the cells that hold a letter: two grids of 0 and 1.

    codes: (rows, L), −1 for none. left, top: (rows, 1, 1), where the first letter's cell begins, in drawing units.
    """
    column, row = np.floor(area.x - left).astype(np.int64), np.floor(area.y - top).astype(np.int64)
    place, within = np.clip(column // STEP, 0, codes.shape[1] - 1), np.clip(column % STEP, 0, WIDE - 1)
    inside = (column >= 0) & (column // STEP < codes.shape[1]) & (column % STEP < WIDE) & (row >= 0) & (row < HIGH)
    which = codes[np.arange(len(codes))[:, None, None], place]
    letters = GLYPHS[which, np.clip(row, 0, HIGH - 1), within] * inside
    return letters, (inside & (which >= 0)).astype(np.float32)
