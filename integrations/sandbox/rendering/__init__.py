"""The page as HTML. Everything that came from outside is escaped; nothing is loaded from elsewhere."""

from integrations.sandbox.rendering.document import HEADERS, render
from integrations.sandbox.rendering.view import Entrance, View

__all__ = ["HEADERS", "Entrance", "View", "render"]
