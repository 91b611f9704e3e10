from .sandbox import TwilioSandbox

__all__ = ["TwilioSandbox"]
