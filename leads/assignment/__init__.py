"""Whose a new lead becomes: the first rule that fits, and who of its people."""
