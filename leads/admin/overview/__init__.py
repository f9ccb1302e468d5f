"""The landing page of owners, reports, and the first steps."""
