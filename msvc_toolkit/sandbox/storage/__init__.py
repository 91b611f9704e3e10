"""What the sandbox keeps, and its clock."""
