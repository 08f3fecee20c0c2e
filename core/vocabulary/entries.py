"""What one line of each data file means. Sources: see `docs/vocabulary.md`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.vocabulary.fields import Side

TopicCode = Annotated[str, Field(pattern=r"^[EP]\d{4}$")]
TypeCode = Annotated[str, Field(pattern=r"^(ET|PT)\d{2}$")]
RegionCode = Annotated[str, Field(pattern=r"^\d{6}$")]
IndustryCode = Annotated[str, Field(pattern=r"^[A-T]\d{0,4}$")]
Indicator = Literal["employees", "revenue", "assets"]
SizeClass = Literal["large", "medium", "small"]


class Entry(BaseModel):
    """A line of a data file: nothing unknown, nothing changed after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Group(Entry):
    """A stage of life of a firm or a person (国办发〔2025〕24号), which groups the topics."""

    code: str
    name: str


class Topic(Entry):
    """One of the 57 topics a subscriber can choose."""

    code: TopicCode
    slug: str
    name: str = Field(min_length=2)
    side: Side
    group: Group
    definition: str
    keywords: list[str]
    stems: list[str]
    colloquial: list[str]
    audience: list[TypeCode]
    siblings: dict[TopicCode | Literal["*"], str]  # what belongs there instead; `*` speaks of all others
    cross_cutting: bool


class SubscriberType(Entry):
    """One of the 7 enterprise types or 10 personal types: overlapping facets, derived from a profile."""

    code: TypeCode
    slug: str
    name: str = Field(min_length=2)
    side: Side
    definition: str
    terms: list[str]
    core_topics: list[TopicCode]
    eligible_topics: list[TopicCode]


class Region(Entry):
    """A place of GB/T 2260. `flag`: pseudo (a level without a place of its own), stat_only (a development zone)."""

    code: RegionCode
    name: str = Field(min_length=1)
    level: Annotated[int, Field(ge=0, le=3)]
    parent: RegionCode | Literal[""]
    flag: Literal["", "pseudo", "stat_only"] = ""


class Industry(Entry):
    """A section (C) or division (C39) of GB/T 4754-2017."""

    code: IndustryCode
    name: str = Field(min_length=2)


class SizeRule(Entry):
    """Lower bounds of the size classes for some industries (国统字〔2017〕213号); revenue and assets in 万元."""

    industry: str
    applies_to: list[str]
    thresholds: dict[Indicator, dict[SizeClass, float]]


class Qualification(Entry):
    """An accreditation that policies ask for, with the other names it goes by."""

    key: str
    name: str
    level: str
    issuer: str
    basis: str | None
    valid_years: int | None
    grants_type: TypeCode | None
    aliases: list[str]


class Colloquialism(Entry):
    """What people say, and what policies call it."""

    say: str
    official: list[str]
    topic: TopicCode


class Category(Entry):
    """A second-level class of the State Council's 主题分类 with the topics that it suggests."""

    path: str
    topics: list[TopicCode]
