"""The dials of the sandbox: what `conn.sandbox` and /_sandbox/ offer."""
