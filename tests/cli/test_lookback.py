"""`zhida lookback` as people run it."""

import json
from collections.abc import Callable
from datetime import time
from subprocess import CompletedProcess

import pytest
from sqlalchemy.orm import Session

from core.clock import local_date
from core.database import Sessions, unit_of_work
from core.vocabulary.load import load_vocabulary
from matcher.matching import match
from subscribers.models import Subscriber
from tests.cli.conftest import Zhida
from tests.workers.conftest import NOON, add_subscriber, add_targeting
from workers.plan import plan_pushes
from workers.restraint import Restraint

ADULT = {"birth_date": "1990-01-01", "residence_region": "110108"}
LookBack = Callable[..., CompletedProcess[str]]


@pytest.fixture
def look_back(zhida: Zhida, database_url: str, redis_url: str) -> LookBack:
    def run(*arguments: str) -> CompletedProcess[str]:
        return zhida("lookback", *arguments, ZHIDA_DATABASE_URL=database_url, ZHIDA_REDIS_URL=redis_url)

    return run


def add_adult(session: Session, name: str = "") -> Subscriber:
    person = add_subscriber(session, region="110108", topics=["P0301"], name=name)
    person.profile = ADULT
    session.flush()
    return person


def test_who_was_missed_is_listed_without_names(sessions: Sessions, look_back: LookBack) -> None:
    with unit_of_work(sessions) as session:
        targeting = add_targeting(session)
        planned = add_adult(session)
        matching = match(session, targeting, load_vocabulary(), local_date(NOON))
        restraint = Restraint(time(21), time(8), 2, 6)
        plan_pushes(session, [(targeting, matching)], restraint, who="editor", approve_above=10, now=NOON)
        late = add_adult(session, "张三")
        ids = planned.id, late.id
    told = json.loads(look_back("求职补贴", "--json").stdout)
    assert (told["now"], told["reached"], told["missed"]) == (2, 0, 2)
    assert {line["reason"]: line["sample"] for line in told["reasons"]} == {
        "not_delivered": [{"subscriber": ids[0], "name": f"订阅者 {ids[0]}"}],
        "not_asked": [{"subscriber": ids[1], "name": "张＊＊"}],
    }
    shown = look_back("求职补贴").stdout
    assert "应享未享 2 人" in shown
    assert "没有送达" in shown


def test_a_policy_that_was_never_pushed_is_refused(sessions: Sessions, look_back: LookBack) -> None:
    with unit_of_work(sessions) as session:
        add_targeting(session)
    told = look_back("求职补贴")
    assert (told.returncode, told.stdout) == (1, "")
    assert "还没有推送过" in told.stderr
