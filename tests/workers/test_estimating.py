"""The cost of a push before it is planned."""

from decimal import Decimal

from core.database import unit_of_work
from subscribers.consent import withdraw
from subscribers.contacts import suppress
from subscribers.models import Contact
from tests.workers.conftest import NOON, add_reader, add_targeting
from workers.estimating import estimate
from workers.runtime import Runtime

HAIDIAN = {"birth_date": "1990-01-01", "residence_region": "110108"}


def test_first_channels_and_the_sms_of_those_who_get_one(runtime: Runtime) -> None:
    with unit_of_work(runtime.sessions) as session:
        orders = (["sms"], ["sms", "mail"], ["mail", "sms"], ["wechat"], ["wechat", "sms"], ["sms"])
        people = [add_reader(runtime, session, HAIDIAN, channels=order).id for order in orders]
        withdraw(session, people[4], "wechat", how="portal", now=NOON)
        blocked = session.get_one(Contact, (people[5], "sms"))
        suppress(session, "sms", blocked.blind_index, "test", NOON)
        targeting = add_targeting(session)
        made = estimate(session, runtime.settings, targeting, people, runtime.vocabulary, NOON)
    assert made.channels == {"sms": 3, "mail": 1, "wechat": 1}
    seen = made.as_json()
    assert "您订阅了“就业服务与就业补贴”" in seen["text"]
    assert seen["length"] == len(seen["text"])
    assert seen["cost_yuan"] == float(round(Decimal("0.045") * seen["parts"] * 3, 2))
    assert seen["most_yuan"] == 0.27
