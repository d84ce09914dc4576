"""`doctor`: one screen on machine, versions and data. It must come whatever is broken."""

from __future__ import annotations

import argparse


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments: there are none."""


def doctor(options: argparse.Namespace) -> None:
    """Print what machine, device, versions and offline data there are."""
    from ganlib.doctor import report

    print(report())
