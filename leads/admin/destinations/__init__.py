"""Where leads go: destinations with their credentials and mappings, and routes."""
