"""What becomes of a delivery, as a table: one row is one rule."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest

from channels.outcome import Outcome, OutcomeClass
from workers.claims import Claim
from workers.models import DeliveryState
from workers.restraint import Restraint
from workers.settling import CAPPED, ERASED, LATE, NO_CONSENT, UNREACHABLE, hold_back, settle_outcome

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 22:00 in China
RESTRAINT = Restraint(time(21), time(8), 2, 6)
READY = Claim(
    month=date(2026, 11, 1),
    id=1,
    push_id=1,
    subscriber_id=1,
    channel="wechat",
    has_fallback=True,
    attempt_id=UUID(int=1),
    attempts=0,
    repeats=False,
    sealed=b"sealed",
    consented=True,
    verified=True,
    suppressed=False,
    kind="individual",
    profile={},
    types=[],
    topics=[],
    recommend=False,
    quiet_start=None,
    quiet_end=None,
    daily_cap=None,
    weekly_cap=None,
    sent_today=0,
    sent_week=0,
)
LAST = replace(READY, has_fallback=False)


def test_a_delivery_with_everything_in_order_goes_out() -> None:
    assert hold_back(READY, RESTRAINT, NOON, None) is None


@pytest.mark.parametrize(
    ("claim", "state", "detail"),
    [
        (replace(LAST, kind=None), DeliveryState.SUPPRESSED, ERASED),
        (replace(LAST, consented=False), DeliveryState.SUPPRESSED, NO_CONSENT),
        (replace(LAST, suppressed=True), DeliveryState.SUPPRESSED, NO_CONSENT),
        (replace(LAST, sealed=None), DeliveryState.SUPPRESSED, UNREACHABLE),
        (replace(LAST, verified=False), DeliveryState.SUPPRESSED, UNREACHABLE),
        (replace(LAST, sent_today=2), DeliveryState.SUPPRESSED, CAPPED),
        (replace(LAST, sent_week=6), DeliveryState.SUPPRESSED, CAPPED),
        (replace(LAST, daily_cap=1, sent_today=1), DeliveryState.SUPPRESSED, CAPPED),
        (replace(LAST, weekly_cap=3, sent_week=3), DeliveryState.SUPPRESSED, CAPPED),
    ],
)
def test_what_is_held_back_for_good(claim: Claim, state: DeliveryState, detail: str) -> None:
    held = hold_back(claim, RESTRAINT, NOON, None)
    assert held is not None
    assert (held.state, held.detail) == (state, detail)


@pytest.mark.parametrize("change", [{"consented": False}, {"suppressed": True}, {"verified": False}])
def test_who_cannot_be_reached_here_is_tried_on_the_next_channel(change: dict[str, bool]) -> None:
    held = hold_back(replace(READY, **change), RESTRAINT, NOON, None)  # type: ignore[arg-type]  # flags by name
    assert held is not None
    assert held.advance
    assert (held.state, held.due_at, held.keep_attempt) == (DeliveryState.RETRY, NOON, False)


def test_after_its_end_it_expires() -> None:
    held = hold_back(READY, RESTRAINT, NOON, NOON)
    assert held is not None
    assert (held.state, held.detail) == (DeliveryState.EXPIRED, LATE)


@pytest.mark.parametrize(
    ("start", "end", "until"),
    [
        (None, None, datetime(2026, 11, 24, 0, 0, tzinfo=UTC)),
        (time(22), time(9, 30), datetime(2026, 11, 24, 1, 30, tzinfo=UTC)),
        (time(20), time(23), datetime(2026, 11, 23, 15, 0, tzinfo=UTC)),
    ],
)
def test_quiet_hours_wait_for_the_morning(start: time | None, end: time | None, until: datetime) -> None:
    held = hold_back(replace(READY, quiet_start=start, quiet_end=end, attempts=3), RESTRAINT, NIGHT, None)
    assert held is not None
    assert (held.state, held.due_at, held.attempts) == (DeliveryState.RETRY, until, 3)


def test_own_quiet_hours_may_leave_the_evening_free() -> None:
    assert hold_back(replace(READY, quiet_start=time(23), quiet_end=time(7)), RESTRAINT, NIGHT, None) is None


@pytest.mark.parametrize(
    ("cls", "claim", "state", "advance"),
    [
        (OutcomeClass.OK, READY, DeliveryState.ACCEPTED, False),
        (OutcomeClass.DUP, READY, DeliveryState.ACCEPTED, False),
        (OutcomeClass.TEMP, READY, DeliveryState.RETRY, False),
        (OutcomeClass.TEMP, replace(READY, attempts=6), DeliveryState.RETRY, True),
        (OutcomeClass.TEMP, replace(LAST, attempts=6), DeliveryState.FAILED, False),
        (OutcomeClass.RATE_MIN, replace(READY, attempts=99), DeliveryState.RETRY, False),
        (OutcomeClass.RATE_DAY, READY, DeliveryState.RETRY, False),
        (OutcomeClass.RECIPIENT_TEMP, READY, DeliveryState.RETRY, False),
        (OutcomeClass.RECIPIENT_TEMP, replace(READY, attempts=3), DeliveryState.RETRY, True),
        (OutcomeClass.RECIPIENT_PERM, READY, DeliveryState.RETRY, True),
        (OutcomeClass.RECIPIENT_PERM, LAST, DeliveryState.FAILED, False),
        (OutcomeClass.OPT_OUT, READY, DeliveryState.RETRY, True),
        (OutcomeClass.CONTENT, READY, DeliveryState.FAILED, False),
        (OutcomeClass.CONFIG, READY, DeliveryState.RETRY, False),
        (OutcomeClass.AMBIGUOUS, READY, DeliveryState.UNKNOWN, False),
        (OutcomeClass.AMBIGUOUS, replace(READY, attempts=2), DeliveryState.FAILED, False),
    ],
)
def test_what_an_answer_makes_of_it(cls: OutcomeClass, claim: Claim, state: DeliveryState, advance: bool) -> None:
    settled = settle_outcome(claim, Outcome(cls), NOON, 0.0, None)
    assert (settled.state, settled.advance) == (state, advance)


def test_the_attempt_is_kept_only_where_the_provider_may_have_it() -> None:
    assert settle_outcome(READY, Outcome(OutcomeClass.AMBIGUOUS), NOON, 0.0, None).keep_attempt
    assert not settle_outcome(READY, Outcome(OutcomeClass.TEMP), NOON, 0.0, None).keep_attempt


def test_limits_do_not_use_up_tries() -> None:
    assert settle_outcome(READY, Outcome(OutcomeClass.RATE_MIN), NOON, 0.0, None).attempts == 0
    assert settle_outcome(READY, Outcome(OutcomeClass.TEMP), NOON, 0.0, None).attempts == 1


@pytest.mark.parametrize(
    ("cls", "claim", "state", "advance"),
    [
        (OutcomeClass.RATE_DAY, READY, DeliveryState.RETRY, True),
        (OutcomeClass.RATE_DAY, LAST, DeliveryState.FAILED, False),
        (OutcomeClass.RATE_MIN, READY, DeliveryState.EXPIRED, False),
        (OutcomeClass.AMBIGUOUS, READY, DeliveryState.FAILED, False),
    ],
)
def test_what_would_come_too_late(cls: OutcomeClass, claim: Claim, state: DeliveryState, advance: bool) -> None:
    settled = settle_outcome(claim, Outcome(cls), NOON, 0.0, NOON + timedelta(seconds=20))
    assert (settled.state, settled.advance) == (state, advance)


def test_another_kind_is_tried_at_once_and_after_three_another_channel() -> None:
    closed = Outcome(OutcomeClass.WINDOW, code="43101")
    again = settle_outcome(READY, closed, NOON, 0, None)
    assert (again.state, again.due_at, again.advance, again.attempts) == (DeliveryState.RETRY, NOON, False, 1)
    assert settle_outcome(replace(READY, attempts=3), closed, NOON, 0, None).advance
    assert settle_outcome(replace(LAST, attempts=3), closed, NOON, 0, None).state == DeliveryState.FAILED
