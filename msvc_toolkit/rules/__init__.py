"""Twilio's rules as pure functions and tables; nothing here connects to an account or draws."""
