"""Marketo: its REST interface with the identity service, and the legacy form post, on one port."""

from integrations.sandbox.marketo.marketo import Marketo

__all__ = ["Marketo"]
