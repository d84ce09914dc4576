"""What every widget stands on: canvas, pump of frames, controls, panels, curves. None is shown alone."""
