"""What people do with leads: one module per use case. Changes go through ``leads.history``."""
