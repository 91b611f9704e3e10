"""The hall that joins the four steps into one guided path."""
