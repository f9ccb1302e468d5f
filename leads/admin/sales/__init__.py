"""Sales staff: my queue, the list, the card of a lead and all that is done with leads."""
