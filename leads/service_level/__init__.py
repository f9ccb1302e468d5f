"""How soon people are answered: working time, targets, and what happens when nobody answers."""
