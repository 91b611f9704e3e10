"""Change the services of an account safely: plan, check, apply, undo."""
