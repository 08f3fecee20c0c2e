"""The pattern of the peers, for comparison: one Celery task per message, which reads, checks, sends and updates."""

import os

from celery import Celery
from celery.signals import worker_process_init
from sqlalchemy import text

from channels.message import Channel, Message, WeChatContent
from core.clock import system_clock
from core.embedded import Addresses
from core.settings import Settings
from subscribers.contacts import open_address
from workers.app import make_celery
from workers.runtime import Runtime, open_runtime

TASK = "bench.send_one"
_READ = text("""
    SELECT d.state, d.subscriber_id, c.sealed, c.consented
    FROM deliveries d JOIN contacts c ON c.subscriber_id = d.subscriber_id AND c.channel = d.channel
    WHERE d.month = :month AND d.id = :id
""")
_STATE = text("UPDATE deliveries SET state = :state, updated_at = :now WHERE month = :month AND id = :id")


def make_app() -> Celery:
    """The Celery application of the peer pattern; its worker is started with `celery -A bench.deliver_peer:app`."""
    settings = Settings()
    addresses = Addresses(settings.database_url or "", settings.redis_url or "", os.environ["BENCH_BROKER"])
    celery = make_celery(addresses.broker_url)
    opened: list[Runtime] = []

    @worker_process_init.connect(weak=False)
    def start(**_: object) -> None:
        opened.append(open_runtime(settings, addresses, system_clock).__enter__())

    @celery.task(name=TASK)
    def send_one(month: str, delivery_id: int) -> None:
        runtime = opened[0]
        key = {"month": month, "id": delivery_id}
        with runtime.sessions() as session:
            row = session.execute(_READ, key).one()
        if row.state != "planned" or not row.consented:
            return
        address = open_address(runtime.keys, row.subscriber_id, "wechat", row.sealed)
        outcome = runtime.senders[Channel.WECHAT].send(Message(f"peer{delivery_id}", Channel.WECHAT, address, CONTENT))
        with runtime.sessions.begin() as session:
            state = "accepted" if outcome.accepted else "failed"
            session.execute(_STATE, {**key, "state": state, "now": runtime.clock()})

    return celery


CONTENT = WeChatContent(
    "TPL-POLICY",
    {
        "thing1": "求职补贴",
        "thing2": "您订阅了这类政策",
        "thing3": "未规定",
        "thing4": "点开看怎么办",
        "thing5": "不想再收，请回复“退订”",
    },
    "http://127.0.0.1:8000/s/x",
)
app = make_app() if "BENCH_BROKER" in os.environ else None
