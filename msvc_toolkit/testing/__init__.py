"""Test your own program on the sandbox: `TwilioSandbox`, which pytest gives as the fixture `twilio_sandbox`."""

from msvc_toolkit.private.lazy_names import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
