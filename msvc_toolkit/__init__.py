"""Twilio Messaging Services in Jupyter, on your account or on a sandbox that needs none.

    import msvc_toolkit as msvc
    conn = msvc.connect()                 # the sandbox; msvc.connect("live") reads your account

This is the face: the names typed in a notebook. They are listed in ``__init__.pyi`` and loaded when first used,
so that importing the package starts nothing and reads nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
