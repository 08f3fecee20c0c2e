"""What a targeting says beside its conditions, as a form: sides, topics, types, place, days, title."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from pydantic import BaseModel

from core.errors import InputError
from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from matcher.criteria import Demand, parse_demand
from matcher.decision import Offer
from matcher.models import Targeting
from web.staff.condition_form import find_region

DAYS = ("opens", "closes", "valid_until")
MOST_TOPICS = 4
POSSIBLE = 0.01
_TITLE = 120


class Basics(BaseModel):
    """The form as it stands. `main` is the first topic, `another` one that isn't among those offered."""

    stamp: str = ""
    pushable: str = ""
    sides: list[str] = []
    main: str = ""
    topics: list[str] = []
    another: str = ""
    types: list[str] = []
    region: str = ""
    opens: str = ""
    closes: str = ""
    valid_until: str = ""
    title: str = ""

    def all_topics(self) -> list[str]:
        """The main topic first, each once."""
        return [code for code in dict.fromkeys([self.main, *self.topics, self.another]) if code]


def basics_of(targeting: Targeting, vocabulary: Vocabulary) -> Basics:
    """The form for a targeting as it is stored."""
    return Basics(
        pushable="yes" if targeting.pushable else "",
        sides=targeting.sides,
        main=targeting.topics[0] if targeting.topics else "",
        topics=targeting.topics,
        types=targeting.types,
        region=vocabulary.region_name(targeting.region),
        title=str(targeting.card.get("title") or ""),
        **{name: day.isoformat() if (day := getattr(targeting, name)) else "" for name in DAYS},
    )


def read_basics(
    form: Basics, targeting: Targeting, scores: dict[str, float], vocabulary: Vocabulary
) -> tuple[dict[str, Any], dict[str, str]]:
    """The columns that the form says, and by field what is wrong."""
    errors: dict[str, str] = {}
    values: dict[str, Any] = {"pushable": bool(form.pushable)}
    values["sides"] = [side.value for side in Side if side in form.sides]
    values["topics"] = [code for code in form.all_topics() if code in vocabulary.topics]
    values["types"] = [code for code in vocabulary.types if code in form.types]
    if len(values["topics"]) > MOST_TOPICS:
        errors["topics"] = f"最多选 {MOST_TOPICS} 个主题，请去掉次要的"
    if form.pushable and not values["topics"]:
        errors["topics"] = "要推送的政策至少要有一个主题"
    try:
        values["region"] = find_region(form.region, vocabulary)
    except InputError as error:
        errors["region"] = error.reason
    for name in DAYS:
        try:
            values[name] = date.fromisoformat(getattr(form, name)) if getattr(form, name) else None
        except ValueError:
            errors[name] = "日期应写成 2026-12-31"
    opens, closes = values.get("opens"), values.get("closes")
    if opens and closes and opens > closes:
        errors["closes"] = "截止日期早于开始日期"
    if len(form.title) > _TITLE:
        errors["title"] = f"标题不超过 {_TITLE} 字"
    values["card"] = {**targeting.card, "title": form.title.strip()}
    values["probabilities"] = _probabilities(values["topics"], targeting, scores)
    return values, errors


def offer_of_form(values: dict[str, Any], conditions: dict[str, Any], vocabulary: Vocabulary) -> Offer:
    """What would be decided on if the form were kept. Raises InputError."""
    demand: Demand = parse_demand({**values, "conditions": conditions}, vocabulary)
    topics = {code: values["probabilities"].get(code, 1.0) for code in values["topics"]}
    return Offer(demand, topics, values["opens"], values["closes"])


def offered_topics(form: Basics, scores: dict[str, float], vocabulary: Vocabulary, most: int = 6) -> list[str]:
    """The topics to choose from: those chosen, then what the classifier holds possible, the likeliest first."""
    possible = (code for code in scores if code in vocabulary.topics and scores[code] >= POSSIBLE)
    likely: Iterable[str] = sorted(possible, key=lambda code: -scores[code])
    chosen = [code for code in form.all_topics() if code in vocabulary.topics]
    return list(dict.fromkeys([*chosen, *likely]))[: max(most, len(chosen))]


def _probabilities(topics: list[str], targeting: Targeting, scores: dict[str, float]) -> dict[str, float]:
    """A topic that the reading chose keeps its probability; one that a person added counts as certain."""
    return {code: scores[code] for code in topics if code in targeting.probabilities and code in scores}
