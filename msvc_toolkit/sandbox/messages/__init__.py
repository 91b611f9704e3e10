"""The stages of a message: validation, choice of a sender, delivery, callbacks.

Times are milliseconds since 1970 by the sandbox's clock. Functions that write must be called inside a write transaction.
"""
