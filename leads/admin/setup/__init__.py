"""What comes in: endpoints, offers, the marketplace's words, privacy rules."""
