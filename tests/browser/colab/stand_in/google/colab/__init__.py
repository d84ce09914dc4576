"""A stand-in for the package that only Google Colab has: as much of it as the course touches."""

from google.colab import output

__all__ = ["output"]
