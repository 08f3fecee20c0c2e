"""Short codes: twelve letters, for two years, not to be guessed or changed."""

import random
from datetime import UTC, datetime

import pytest

from core.privacy import Keys, LinkError
from workers.links import LONG, SHORT, open_link, read_open

KEYS = Keys([bytes(32)], bytes(range(32)), bytes(range(1, 33)))
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def code_of(delivery_id: int, at: datetime = NOW) -> str:
    return open_link(KEYS, "https://zhida.example/", delivery_id, at).removeprefix("https://zhida.example/s/")


@pytest.mark.parametrize("delivery_id", [0, 1, 61, 62, 12_345_678, 2**31 - 1, 2**31, 2**62])
def test_a_code_leads_back_to_its_delivery(delivery_id: int) -> None:
    code = code_of(delivery_id)
    assert len(code) == (SHORT if delivery_id < 2**31 else LONG)
    assert code.isascii()
    assert code.isalnum()
    assert read_open(KEYS, code, NOW) == delivery_id


def test_it_opens_until_the_end_of_the_next_year_in_china() -> None:
    code = code_of(7)
    assert read_open(KEYS, code, datetime(2027, 12, 31, 15, 59, tzinfo=UTC)) == 7
    for never in (datetime(2027, 12, 31, 16, 0, tzinfo=UTC), datetime(2025, 12, 31, 15, 59, tzinfo=UTC)):
        with pytest.raises(LinkError):
            read_open(KEYS, code, never)


def test_no_other_spelling_and_no_changed_letter_opens() -> None:
    code = code_of(7)
    others = [
        code[:place] + letter + code[place + 1 :] for place in range(SHORT) for letter in "0Zq" if letter != code[place]
    ]
    for wrong in (
        *others,
        code + "0",
        "0" + code,
        code[1:],
        code.lower() + "-",
        "",
        "Z" * SHORT,
        "Z" * LONG,
        "码" * SHORT,
    ):
        with pytest.raises(LinkError):
            read_open(KEYS, wrong, NOW)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(LinkError):
        read_open(Keys([bytes(32)], bytes(range(32)), bytes(32)), code_of(7), NOW)


def test_guessing_finds_nothing_and_neighbours_look_unlike() -> None:
    """40 bits of MAC: a million guesses find one with a chance of one in a million, whatever is there."""
    codes = {code_of(number) for number in range(1000)}
    assert len({code[:3] for code in codes}) > 900
    seeded = random.Random(1)
    hits = 0
    for _ in range(3000):
        guess = "".join(seeded.choices("0123456789abcdefghijklmnopqrstuvwxyz", k=SHORT))
        try:
            read_open(KEYS, guess, NOW)
            hits += 1
        except LinkError:
            continue
    assert hits == 0
