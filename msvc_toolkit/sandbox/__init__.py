"""A stand-in for Twilio's messaging API that runs inside your process or on a loopback port."""
