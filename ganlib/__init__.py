"""The helper library of the course: see the notebooks. Importing it downloads nothing and changes no settings."""

__version__ = "0.1.0"
