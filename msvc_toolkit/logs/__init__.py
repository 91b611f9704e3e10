"""The message log: pull it, keep it, measure it, draw it."""

from msvc_toolkit.private.lazy_names import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
