"""One message's way: validation, the choice of a sender, delivery, callbacks."""
