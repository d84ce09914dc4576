"""From notebook sources to executed notebooks, and the check that the two agree; `tools/build.py` is its command."""
