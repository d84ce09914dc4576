"""The colours and the parts of a sketched face."""

from __future__ import annotations

from ganlib.data.drawing import table

PARTS = (
    "background", "clothes", "skin", "hair", "brows", "eyes", "irises", "nose", "mouth", "teeth", "beard", "glasses",
    "hat", "earrings",
)  # fmt: skip
BACKGROUND, CLOTHES, SKIN, HAIR, BROWS, EYES, IRISES, NOSE, MOUTH, TEETH, BEARD, GLASSES, HAT, EARRINGS = range(14)
DETAILS = ("freckles", "wrinkles", "strands")


# In the order of the attributes' choices.
SKINS = table("fbdcc8", "f2bf9c", "e0a878", "c68f5e", "96603c", "70472f")
HAIRS = table("29232a", "4b2d20", "9a4526", "e0b457", "a9a6a8", "e67fa6", "3b9c9c")
IRIS = table("6b4226", "9a7b3c", "5b8c5a", "4f84c4")
CLOTH = table("c8493f", "e0a63a", "4f8f62", "34527e", "7d4a78", "efe3cd")
HATS = table("c03a3f", "e3a72f", "3f7f5a", "2d4570", "6f3c6b")
SCENES = table("a9d3ea", "b5e0cb", "ead3ac", "f2bdc1", "cdbfe6", "f3e39c")
INK, WHITE, LIP, GOLD, STRAW, FRAME = table("33262b", "fffdf8", "c2404f", "edbd3c", "e6c884", "2f2c3a")
