"""`zhida doctor`: run as a process of its own."""

import json

from core.database import Sessions, unit_of_work
from core.privacy import Keys
from subscribers.contacts import seal_address
from subscribers.models import Contact, Subscriber
from tests.cli.conftest import Zhida
from tests.workers.conftest import NOON


def test_keys_that_open_nothing_are_told(zhida: Zhida, sessions: Sessions, database_url: str, redis_url: str) -> None:
    servers = {"ZHIDA_DATABASE_URL": database_url, "ZHIDA_REDIS_URL": redis_url}
    before = {one["name"]: one for one in json.loads(zhida("doctor", "--json", **servers).stdout)}
    assert before["联系方式"] == {"name": "联系方式", "well": True, "words": "还没有联系方式"}
    others = Keys([bytes(32)], bytes(32), bytes(32))
    with unit_of_work(sessions) as session:
        subscriber = Subscriber(kind="individual", created_at=NOON)
        session.add(subscriber)
        session.flush()
        sealed = seal_address(others, subscriber.id, "sms", "13800000000")
        index = others.blind_index("sms", "13800000000")
        session.add(Contact(subscriber_id=subscriber.id, channel="sms", sealed=sealed, blind_index=index))
    done = zhida("doctor", **servers)
    assert done.returncode == 1
    assert "✗ 联系方式：现在的密钥打不开库里的联系方式" in done.stdout
    assert "13800000000" not in done.stdout + done.stderr
