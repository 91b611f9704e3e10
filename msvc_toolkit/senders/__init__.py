"""Step 3: add senders to the service's pool."""
