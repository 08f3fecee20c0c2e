"""Refusing from a mail as mail programs do it (RFC 8058), from the header that was sent to the silence after it."""

import email
import email.policy
import warnings
from collections.abc import Iterator
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from channels.message import Channel
from channels.simulators.serve import RunningSimulators
from core.database import unit_of_work
from subscribers.consent import has_consent
from tests.workers.conftest import add_reader, add_targeting, plan
from web.app import create_app
from workers.models import Delivery
from workers.runtime import Runtime
from workers.tasks import run_delivery

with warnings.catch_warnings():
    # Starlette's test client would rather have httpx2; it is the same client with httpx.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

HAIDIAN = {"birth_date": "1990-01-01", "residence_region": "110108"}


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    """The web, on the servers that the mail was sent from."""
    app = create_app(runtime.settings, runtime.sessions, runtime.redis, runtime.clock, runtime.senders)
    with TestClient(app, follow_redirects=False) as opened:
        yield opened


def mails(simulators: RunningSimulators) -> list[EmailMessage]:
    raw = [one.content["raw"] for one in simulators.providers.world.accepted if one.channel == "mail"]
    return [email.message_from_bytes(one, policy=email.policy.default) for one in raw]


def one_click_path(mail: EmailMessage, public_url: str) -> str:
    """Where the header says that a refusal is to be posted, on one line and in angle brackets."""
    header = str(mail["List-Unsubscribe"])
    assert str(mail["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    address = header.removeprefix("<").removesuffix(">")
    assert header == f"<{address}>"
    assert address.startswith(public_url + "/u/")
    return urlsplit(address).path


def test_from_header_to_silence(runtime: Runtime, simulators: RunningSimulators, client: TestClient) -> None:
    with unit_of_work(runtime.sessions) as session:
        person = add_reader(runtime, session, HAIDIAN, channels=["mail"]).id
        [first] = plan(runtime, session, add_targeting(session, "一号通知"))
    run_delivery(runtime, first.push.id, Channel.MAIL)
    [mail] = mails(simulators)
    path = one_click_path(mail, runtime.settings.public_url)
    body = mail.get_body(("plain",))
    assert body is not None
    assert path in body.get_content()

    assert client.get(path).status_code == 200  # a scanner that opens all links
    with runtime.sessions() as session:
        assert has_consent(session, person, "mail")
    with unit_of_work(runtime.sessions) as session:
        [second] = plan(runtime, session, add_targeting(session, "二号通知"))
    for _ in range(2):
        posted = client.post(path, data={"List-Unsubscribe": "One-Click"}, headers={"origin": "https://mail.example"})
        assert (posted.status_code, posted.headers.get("location")) == (200, None)
        assert "set-cookie" not in posted.headers
    run_delivery(runtime, second.push.id, Channel.MAIL)
    assert len(mails(simulators)) == 1
    with runtime.sessions() as session:
        assert not has_consent(session, person, "mail")
        held = session.scalars(select(Delivery).where(Delivery.push_id == second.push.id)).one()
        assert (held.state, held.detail) == ("suppressed", "未同意或已撤回同意")
