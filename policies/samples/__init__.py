"""The sample policies that come with the product, and the day on which its demonstration plays.

Metadata are real, the texts are our own summaries: see `SOURCES.md`. On the day of the demonstration several
application windows are open (until 2026-08-31, 09-24, 09-30, 11-30 and 12-31) and one has closed.
"""

from datetime import date
from pathlib import Path

SAMPLES = Path(__file__).parent

DEMO_DAY = date(2026, 8, 25)
"""A Tuesday, six days before two of the windows close."""
