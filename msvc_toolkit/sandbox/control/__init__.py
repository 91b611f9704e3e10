"""Control of a sandbox: `conn.sandbox`, and the same functions over HTTP under /_sandbox/."""
