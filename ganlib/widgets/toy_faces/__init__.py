"""Widgets of the 2 by 2 toy faces."""
