"""The grader: reads notebooks without running them, runs them in a sandbox, judges their numbers outside, reports."""
