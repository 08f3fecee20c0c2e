"""Sample subscribers for demonstrations, benchmarks and tests: made up, plausible, and the same for the same seed.

Rows are in the form of an import file, so that whoever uses them goes through the import. Nobody real is meant: firms
are named 演示…, phones begin with 154 (given to no operator), mails end in example.cn, openids begin with `sim-`.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from core.vocabulary.fields import Side
from subscribers.profiles import list_fact_names
from subscribers.sample_firms import make_firm
from subscribers.sample_people import make_person
from subscribers.sample_places import Dice

_FIRMS: Final = 0.4
_ORDERS: Final = {
    ("wechat", "sms", "mail"): 35,
    ("wechat", "mail"): 15,
    ("sms", "wechat"): 10,
    ("sms",): 12,
    ("wechat",): 15,
    ("mail",): 6,
    ("mail", "sms"): 7,
}
_CONSENT: Final = 0.88
_RECOMMEND: Final = 0.6
COLUMNS: Final = (
    *("reference", "kind", "name", "credit_code"),
    *dict.fromkeys(name for side in Side for name in list_fact_names(side)),
    *("topics", "wechat_openid", "phone", "email", "channels", "recommend", "consent"),
)


def generate(count: int, seed: int, day: date) -> Iterator[dict[str, Any]]:
    """`count` rows with typed values as in a jsonl; two fifths are firms. `day` is the day on which they are true."""
    dice = Dice(seed)
    for number in range(1, count + 1):
        row = make_firm(dice, day) if dice.chance(_FIRMS) else make_person(dice, day)
        row["reference"] = f"demo-{seed}-{number:07d}"
        yield row | _reach(dice, seed, number)


def write_csv(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    """Write rows as an import file in UTF-8 with mark, as spreadsheets like it. Answers how many."""
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _cell(value) for name, value in row.items()})
            written += 1
    return written


def _reach(dice: Dice, seed: int, number: int) -> dict[str, Any]:
    """Addresses in the order of preference, and what was consented to: by most, not by all."""
    order = dice.pick(_ORDERS)
    addresses = {
        "wechat": ("wechat_openid", f"sim-{seed:x}-{number:07d}"),
        "sms": ("phone", f"154{(number * 7_919 + seed * 104_729) % 100_000_000:08d}"),
        "mail": ("email", f"u{number:07d}.s{seed}@example.cn"),
    }
    return {
        **dict(addresses[channel] for channel in order),
        "channels": list(order),
        "consent": list(order) if dice.chance(_CONSENT) else list(order[1:]) if dice.chance(0.3) else [],
        "recommend": dice.chance(_RECOMMEND),
    }


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "；".join(value) or "无"
    return str(value)
