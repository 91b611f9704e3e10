"""An account and its subaccounts, one for each customer: read and reviewed in one go."""
