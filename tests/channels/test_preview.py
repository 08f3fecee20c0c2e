"""Length, parts and cost of an SMS, seen before it is sent."""

from dataclasses import replace
from decimal import Decimal

import pytest

from channels.compose import ComposeError
from channels.preview import preview_sms
from tests.channels.samples import IMPRINT, PERSONAL, notice

PRICE = Decimal("0.045")


def test_what_is_shown_is_what_is_billed() -> None:
    seen = preview_sms(notice(), PERSONAL, IMPRINT, PRICE)
    assert seen.text.startswith(f"【{IMPRINT.sign_name}】")
    assert (seen.length, seen.parts) == (len(seen.text), 2)
    assert (seen.cost(1000), seen.most(1000), seen.cost(0)) == (Decimal("90.00"), Decimal("90.00"), Decimal("0.00"))


def test_a_short_text_of_staff_is_one_part() -> None:
    short = {"sms/policy.txt": "《${title}》。不想再收请回T。"}
    seen = preview_sms(replace(notice(), title="稳岗补贴"), PERSONAL, IMPRINT, PRICE, short)
    assert (seen.parts, seen.cost(3), seen.most(3)) == (1, Decimal("0.14"), Decimal("0.27"))


def test_what_cannot_be_made_says_why() -> None:
    with pytest.raises(ComposeError, match="title"):
        preview_sms(replace(notice(), title=""), replace(PERSONAL, items=()), IMPRINT, PRICE)
