"""A sandbox of Twilio's messaging API that runs inside your process or on a loopback port."""
