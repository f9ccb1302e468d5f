"""REST API, version 1: read what came in and where it went, put right what failed. ``/api/v1/docs/`` describes it."""
