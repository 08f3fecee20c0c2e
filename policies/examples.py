"""The sample policies that come with the product, and the day on which its demonstration plays.

Metadata are real, the texts are our own summaries: see `samples/SOURCES.md`. On the day of the demonstration several
application windows are open (2026-08-31, 09-24, 09-30, 11-30, 12-31) and one has closed.
"""

from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).parent / "samples"

MOMENT = datetime(2026, 8, 25, 2, 0, tzinfo=UTC)
"""Tuesday, 25 August 2026, 10:00 in Beijing: outside quiet hours, a week before two of the windows close."""


def demonstration_clock() -> datetime:
    """A `core.clock.Clock` that stands still at MOMENT."""
    return MOMENT
