"""What a reader and a classifier are given: one published text with what is known of it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Document:
    """A policy text as it came in. Only the title is certain; `region` is the issuer's place, a name or a code."""

    id: str
    title: str
    text: str = ""
    agency: str = ""
    region: str = ""
    published_date: date | None = None
    doc_number: str = ""
