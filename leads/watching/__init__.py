"""Find out by itself whether something is wrong, before anybody asks: what it is, since when, and whom it concerns."""
