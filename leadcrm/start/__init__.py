"""Sets up a checkout and starts everything Lead CRM needs on one machine. Standard library only."""
