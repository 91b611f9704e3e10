"""Step 4: send with the service's SID instead of a From number."""
