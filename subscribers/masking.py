"""Names as staff may see them: enough to judge, too little to know who it is."""

from subscribers.models import Subscriber


def mask_name(subscriber: Subscriber) -> str:
    """A firm by the beginning and the end of its name, a person by number."""
    name = subscriber.name
    if not name:
        return f"订阅者 {subscriber.id}"
    return f"{name[:2]}{'＊' * max(2, min(6, len(name) - 4))}{name[-2:]}" if len(name) > 4 else f"{name[:1]}＊＊"
