"""What providers have collected while we were away: thousands of receipts and replies in one call."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from starlette.testclient import TestClient

from core.database import Sessions
from core.privacy import Keys
from subscribers.consent import has_consent
from tests.web.rows import Rows
from workers.inquiries import list_inquiries
from workers.models import Receipt

MANY = 10_000


def report(number: int) -> dict[str, Any]:
    refused = number % 10 == 0
    return {
        "phone_number": f"138{number:08d}",
        "send_time": "2026-11-21 10:00:00",
        "report_time": "2026-11-21 10:00:05",
        "success": not refused,
        "err_code": "MOBILE_IN_BLACK" if refused else "DELIVERED",
        "err_msg": "",
        "sms_size": "1",
        "biz_id": f"{number}^0",
        "out_id": UUID(int=number).hex,
    }


def test_ten_thousand_receipts_in_one_call_and_again(client: TestClient, rows: Rows, sessions: Sessions) -> None:
    subscriber = rows.subscriber()
    body = json.dumps([report(number) for number in range(MANY)])
    assert len(body) > 2_000_000
    for _ in range(2):
        answer = client.post("/hooks/aliyun/local/report", content=body)
        assert (answer.status_code, answer.json()["code"]) == (200, 0)
    assert client.post("/hooks/aliyun/wrong/report", content=body).status_code == 404
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Receipt)) == MANY
        assert session.scalar(select(func.count()).where(Receipt.cls == "OPT_OUT")) == MANY // 10
        assert not has_consent(session, subscriber, "sms")


def test_of_replies_refusals_count_and_the_rest_waits_for_staff(
    client: TestClient, rows: Rows, sessions: Sessions, keys: Keys
) -> None:
    subscriber = rows.subscriber()
    said = [("13800000000", "怎么办理？"), ("13900000001", "TD"), ("13900000002", "TD 了"), ("1", "喂")]
    body = [{"phone_number": phone, "content": words, "send_time": "2026-11-21 10:00:00"} for phone, words in said]
    for _ in range(2):
        assert client.post("/hooks/aliyun/local/up", json=body).status_code == 200
    with sessions() as session:
        asked = list_inquiries(session, keys)
        assert {(one.words, tuple(one.subscribers)) for one in asked} == {("怎么办理？", (subscriber,)), ("TD 了", ())}
        assert len(asked) == 2
        assert has_consent(session, subscriber, "sms")
