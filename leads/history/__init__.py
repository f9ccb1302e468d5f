"""Who changed what of a lead, and how to take it back. Nothing else writes the fields that people work with."""
