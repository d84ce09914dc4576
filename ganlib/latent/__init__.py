"""What one does in z: ways between two points, directions that mean something, and the z of a given picture."""

from ganlib.latent.directions import (
    Read,
    activation_directions,
    apart,
    boundary_normals,
    closed_form_directions,
    effects,
    even_places,
    first_layer,
    mean_differences,
    path_length,
    step_lengths,
)

__all__ = [
    "Read",
    "activation_directions",
    "apart",
    "boundary_normals",
    "closed_form_directions",
    "effects",
    "even_places",
    "first_layer",
    "mean_differences",
    "path_length",
    "step_lengths",
]
