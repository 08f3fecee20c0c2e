"""Sample policies for the demo."""

from datetime import date
from pathlib import Path

SAMPLES = Path(__file__).parent
DEMO_DAY = date(2026, 7, 20)
