"""The commands of `python -m ganlib`, a file each, imported when it is chosen."""
