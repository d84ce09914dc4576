"""The colours and the parts of a scene."""

from __future__ import annotations

from ganlib.data.drawing import table

PARTS = ("sky", "houses", "ground", "tree", "sign", "table", "cloth", "basket", "jar", "person")
SKY, HOUSE, GROUND, TREE, SIGN, TABLE, CLOTH, BASKET, JAR, PERSON = range(10)
DETAILS = ("text", "lace", "weave", "hair", "windows", "leaves", "birds")

# In the order of the attributes' choices.
SKY_TOP = table("9cc4e4", "5fa8e0", "6a5a9c", "1f2a50")
SKY_LOW = table("fbe6cf", "cfe8f7", "f5a86e", "44517f")
WALLS = table("d9b99b", "c98f7a", "b9b3a5", "a7b7c0", "d8cda9", "b58a8f", "8fa39a", "c7a36c")
LIT, DARK_PANE = table("ffe28a", "3c4658")
LEAF = table("3f7d46", "c9722e", "e79bb5")
BOARD = table("27406b", "2f5d44", "f2e8d0", "a8332f", "2b2a2e")
LETTERING = table("fdf6e3", "f4d98b", "4a2a20", "fff3e0", "f2c94c")
CLOTHS = table("6b4630", "7a2e3b", "2f6166", "4a5566")
HAIRS = table("2b2529", "5c3b28", "9a4526", "dcae55")
LABELS = table("fffdf6", "ffe9a3", "fbd0d4")
FRUIT = table("cf4a3c", "eeb53f", "86ab4c", "8a4f8f")
WHITE, INK, TRUNK, STRAW, WOOD, GLASS = table("fffdf8", "2b2a2e", "6b4a35", "c89a54", "8f6240", "c4dce0")
