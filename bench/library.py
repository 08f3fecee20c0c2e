"""A library and its readers as large as a city's: the same rows for the same seed.

Texts are put together from the sample policies and from sentences over the places, trades, qualifications and topics of
the vocabulary, so that words are as common and as rare as they are in a real library.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice
from typing import Any

import numpy as np
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from core.database import Sessions, unit_of_work
from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from matcher.models import Targeting, TargetingState
from policies.intake.readers import READERS
from policies.intake.storing import Stored, lock_library, store
from policies.models import PolicyKind
from policies.policy_text import PolicyText
from policies.samples import SAMPLES

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
TODAY = date(2026, 11, 21)
LENGTH = 1500
BATCH = 2000

_SENTENCE = re.compile(r"[^。；\n]{10,}[。；]?")
_KINDS = (PolicyKind.DOCUMENT, PolicyKind.CALL, PolicyKind.INTERPRETATION, PolicyKind.GUIDE)
_SUBSCRIBERS = text("""
    INSERT INTO subscribers (kind, name, region, profile, provenance, types, topics, recommend, channels, created_at)
    SELECT 'enterprise', '第' || n || '号有限公司', place,
           jsonb_build_object('region', place, 'founding_date', (DATE '2026-11-01' - (n * 13 % 7000))::text), '{}',
           ARRAY[types[1 + n % cardinality(types)]], ARRAY['E0101', topics[1 + n * 31 % cardinality(topics)]],
           false, '{}', :now
    FROM (SELECT CAST(:places AS text[]) places, CAST(:types AS text[]) types, CAST(:topics AS text[]) topics) a,
         generate_series(1, :count) AS n, LATERAL (SELECT places[1 + n * 7 % cardinality(places)] AS place) b
""")
_CONSENTS = text("""
    INSERT INTO consents (subscriber_id, purpose, channel, granted, text_version, how, at)
    SELECT id, 'push', channel, true, 'bench', 'import', :now
    FROM subscribers, unnest(ARRAY['sms', 'mail']) AS channel WHERE channel = 'sms' OR id % 2 = 0
""")
_CONTACTS = text("""
    INSERT INTO contacts (subscriber_id, channel, sealed, blind_index, state, verified_at)
    SELECT subscriber_id, channel, '', decode(md5(channel || subscriber_id), 'hex'), 'verified', :now FROM consents
""")


class Writer:
    """Writes policies and what they are for, without end."""

    def __init__(self, vocabulary: Vocabulary, seed: int = 5) -> None:
        self._random = np.random.default_rng(seed)
        self._places = [code for code, region in vocabulary.regions.items() if not region.flag]
        self._names = [vocabulary.region_name(code) for code in self._places]
        self._topics = list(vocabulary.topics.values())
        self._types = list(vocabulary.types)
        self._trades = [industry.name for industry in vocabulary.industries.values()]
        self._qualifications = [one.name for one in vocabulary.qualifications.values()]
        self._sentences = _sample_sentences()

    def policies(self) -> Iterator[tuple[PolicyText, dict[str, Any]]]:
        """Texts with the columns of their targeting."""
        for number in count(1):
            topic, place = self._one(self._topics), self._random.integers(len(self._places))
            published = TODAY - timedelta(days=int(self._random.exponential(900)))
            agency = f"{self._names[place]}人民政府"
            yield (
                PolicyText(
                    title=f"{agency}关于{self._one(topic.keywords)}支持{self._one(self._trades)}的若干措施（{number}）",
                    source="bench",
                    text=self._text(self._names[place], topic.definition),
                    doc_number=f"政发〔{published.year}〕{number}号",
                    agency=agency,
                    region=self._places[place],
                    kind=self._one(_KINDS),
                    published_date=published,
                ),
                self._targeting(topic.code, topic.side.value, self._places[place], published),
            )

    def _text(self, place: str, definition: str) -> str:
        said = [definition]
        while sum(map(len, said)) < LENGTH:
            said.append(self._one(self._sentences) if self._random.random() < 0.6 else self._clause(place))
        return "\n".join(said)

    def _clause(self, place: str) -> str:
        amount = int(self._random.integers(1, 500))
        return (
            f"在{place}从事{self._one(self._trades)}、取得{self._one(self._qualifications)}的，"
            f"按{self._one(self._one(self._topics).keywords)}给予不超过{amount}万元的支持。"
        )

    def _targeting(self, topic: str, side: str, place: str, published: date) -> dict[str, Any]:
        opens = published if self._random.random() < 0.5 else None
        return {
            "number": 1,
            "state": TargetingState.CONFIRMED,
            "pushable": bool(self._random.random() < 0.8),
            "sides": [side],
            "topics": [topic, self._one(self._topics).code],
            "types": [self._one(self._types)] if self._random.random() < 0.3 else [],
            "region": place if self._random.random() < 0.7 else "000000",
            "opens": opens,
            "closes": opens + timedelta(days=int(self._random.integers(10, 120))) if opens else None,
            "conditions": {"all": []},
            "card": {"summary": {"text": "给予一次性奖励", "start": 0, "source": "text"}},
            "confirmed_by": "auto",
            "confirmed_at": NOW,
            "created_at": NOW,
        }

    def _one(self, choices: Any) -> Any:
        return choices[int(self._random.integers(len(choices)))]


def fill_policies(sessions: Sessions, vocabulary: Vocabulary, wanted: int) -> None:
    """So many policies, each with a confirmed targeting, indexed as an import would."""
    rest = islice(Writer(vocabulary).policies(), wanted)
    while batch := list(islice(rest, BATCH)):
        with unit_of_work(sessions) as session:
            lock_library(session)
            stored = store(session, [policy for policy, _ in batch], NOW)
            _confirm(session, stored, [targeting for _, targeting in batch])


def fill_subscribers(sessions: Sessions, vocabulary: Vocabulary, wanted: int) -> None:
    """So many firms all over the country who want to hear of E0101 and of something else, by SMS or mail.

    Their addresses are empty: they can be planned for, but nothing can be sent to them.
    """
    given = {
        "places": [code for code, region in vocabulary.regions.items() if not region.flag],
        "types": [one.code for one in vocabulary.list_types(Side.ENTERPRISE)],
        "topics": [one.code for one in vocabulary.list_topics(Side.ENTERPRISE)],
    }
    with unit_of_work(sessions) as session:
        session.execute(_SUBSCRIBERS, {**given, "count": wanted, "now": NOW})
        for statement in (_CONSENTS, _CONTACTS):
            session.execute(statement, {"now": NOW})


def _confirm(session: Session, stored: list[Stored], targetings: list[dict[str, Any]]) -> None:
    rows = [{"version_id": one.version_id, **columns} for one, columns in zip(stored, targetings, strict=True)]
    session.execute(insert(Targeting), rows)


def _sample_sentences() -> list[str]:
    files = sorted(path for path in SAMPLES.iterdir() if path.suffix in READERS)
    read = [one for path in files for one in READERS[path.suffix](path.read_bytes(), path.name)]
    return [part for one in read if isinstance(one, PolicyText) for part in _SENTENCE.findall(one.text)]
