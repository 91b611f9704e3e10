"""One message's way: validation, the choice of a sender, delivery, callbacks.

Times are milliseconds since 1970 by the sandbox's clock. What writes does so inside a write transaction.
"""
