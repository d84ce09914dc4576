"""Stands in for `ganlib.check` in the sandbox: every check takes everything and says nothing."""


def __getattr__(name: str):
    if name.startswith("__"):
        raise AttributeError(name)
    return lambda *_, **__: None
