"""The signed HTTPS receiver: `POST /hook` and `POST /hook/<name>`, each name a receiver of its own."""

from integrations.sandbox.receiver.receiver import Receiver

__all__ = ["Receiver"]
