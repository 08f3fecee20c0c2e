"""A real PostgreSQL and a real Redis on unix sockets, started where the settings name no outside servers."""

from core.embedded.stack import Addresses, EmbeddedStack, open_stack

__all__ = ["Addresses", "EmbeddedStack", "open_stack"]
