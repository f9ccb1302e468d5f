"""When, and how much at once, may be sent to a destination. Pure: rows are read and written elsewhere."""
