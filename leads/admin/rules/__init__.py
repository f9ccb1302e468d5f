"""Who gets a lead, how soon it is answered, and how promising it is."""
