"""What only a sandbox can do: `conn.sandbox`, and the same under /_sandbox/."""
