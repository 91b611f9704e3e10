"""Twilio's own rules, as pure functions and tables: nothing here reaches an account or draws."""
