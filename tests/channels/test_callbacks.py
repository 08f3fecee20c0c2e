"""What the simulators post back, received by a real HTTP server and read by our parsers."""

import base64
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from channels.mail.returned import take_from_maildir
from channels.message import Channel
from channels.outcome import OutcomeClass
from channels.registry import SIMULATED_APPID, mail_secret
from channels.sender import Sender
from channels.simulators.providers import Providers
from channels.sms.receipts import read_aliyun_report, read_aliyun_up, read_tencent_report
from channels.wechat.callback import Callback
from channels.wechat.events import Followed, Left, Said, Sent, read_event
from core.settings import Settings
from tests.channels.samples import message

AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
C = OutcomeClass


class Receiver:
    """Our side of the callbacks: keeps the posts and answers what it is told to."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: Callable[[int], tuple[int, bytes]] = lambda n: (200, b'{"code": 0, "result": 0}')
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers["content-length"]))
                with receiver._arrived:
                    receiver.posts.append((parts.path, dict(parse_qsl(parts.query)), body))
                    status, content = receiver.answer(len(receiver.posts))
                    receiver._arrived.notify_all()
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def wait_for(self, count: int) -> list[tuple[str, dict[str, str], bytes]]:
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.posts) >= count, timeout=10)
            return list(self.posts)

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


@pytest.fixture
def hooks(simulators: Providers, base_url: str, receiver: Receiver) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url) as client:
        paths = ("wechat", "aliyun_report", "aliyun_up", "tencent_report")
        client.post("/_sim/hooks", json={name: f"{receiver.url}/{name}" for name in paths} | {"retry_seconds": 0})
        yield client
        client.post("/_sim/reset")


@pytest.mark.parametrize(
    ("phone", "cls"),
    [
        ("13812345678", C.OK),
        ("13812340001", C.OPT_OUT),
        ("13812340002", C.RECIPIENT_TEMP),
        ("13812340003", C.RECIPIENT_PERM),
        ("13812340004", C.RECIPIENT_TEMP),
    ],
)
def test_aliyun_tells_the_end_under_our_key(
    phone: str, cls: OutcomeClass, hooks: httpx.Client, senders: dict[Channel, Sender], receiver: Receiver
) -> None:
    outcome = senders[Channel.SMS].send(message(Channel.SMS, "attempt1", phone))
    ((path, _, body),) = receiver.wait_for(1)
    (receipt,) = read_aliyun_report(body)
    assert path == "/aliyun_report"
    assert (receipt.cls, receipt.key, receipt.provider_id) == (cls, "attempt1", outcome.provider_id)


def test_tencent_tells_the_end_under_its_number(
    hooks: httpx.Client, settings: Settings, simulators: Providers, receiver: Receiver, tencent_sender: Sender
) -> None:
    outcome = tencent_sender.send(message(Channel.SMS))
    (receipt,) = read_tencent_report(receiver.wait_for(1)[0][2])
    assert (receipt.cls, receipt.reference) == (C.OK, outcome.provider_id)


@pytest.mark.parametrize("aes_key", ["", AES_KEY])
@pytest.mark.parametrize(
    ("openid", "cls"), [("sim-1", C.OK), ("sim-block1", C.OPT_OUT), ("sim-fail1", C.RECIPIENT_TEMP)]
)
def test_wechat_tells_the_end_plain_and_sealed(
    openid: str,
    cls: OutcomeClass,
    aes_key: str,
    hooks: httpx.Client,
    senders: dict[Channel, Sender],
    receiver: Receiver,
) -> None:
    receiver.answer = lambda n: (200, b"success")
    hooks.post("/_sim/hooks", json={"wechat_token": "t0", "wechat_aes_key": aes_key})
    outcome = senders[Channel.WECHAT].send(message(Channel.WECHAT, address=openid))
    ((_, query, body),) = receiver.wait_for(1)
    event = read_event(Callback("t0", SIMULATED_APPID, aes_key).open(query, body))
    assert isinstance(event, Sent)
    assert [(one.cls, one.provider_id) for one in event.receipts] == [(cls, outcome.provider_id)]


def test_followers_come_write_and_go(hooks: httpx.Client, simulators: Providers, receiver: Receiver) -> None:
    receiver.answer = lambda n: (200, b"")
    for n, (event, fields) in enumerate(
        [("subscribe", {"EventKey": "qrscene_bind-7"}), ("text", {"Content": "退订 <1>"}), ("unsubscribe", {})], 1
    ):
        hooks.post("/_sim/acts", json={"openid": "o1", "event": event, "fields": fields})
        receiver.wait_for(n)
    callback = Callback("local", SIMULATED_APPID)
    followed, said, left = (read_event(callback.open(query, body)) for _, query, body in receiver.posts)
    assert isinstance(followed, Followed)
    assert followed.scene == "bind-7"
    assert isinstance(said, Said)
    assert said.text == "退订 <1>"
    assert isinstance(left, Left)
    assert not simulators.wechat.followers["o1"].follows


def test_a_reply_to_an_sms(hooks: httpx.Client, receiver: Receiver) -> None:
    hooks.post("/_sim/replies", json={"phone": "13812345678", "text": "T"})
    (reply,) = read_aliyun_up(receiver.wait_for(1)[0][2])
    assert (reply.address, reply.text) == ("13812345678", "T")


@pytest.mark.parametrize("bad", [(500, b""), (200, b"no"), (200, b"[]"), (200, b'{"code": 1}')])
def test_what_is_not_thanked_for_comes_three_times(
    bad: tuple[int, bytes], hooks: httpx.Client, senders: dict[Channel, Sender], receiver: Receiver
) -> None:
    receiver.answer = lambda n: bad if n < 3 else (200, b'{"code": 0}')
    assert senders[Channel.SMS].send(message(Channel.SMS)).accepted
    posts = receiver.wait_for(3)
    assert len({body for _, _, body in posts}) == 1


def test_receipts_can_be_held_turned_round_and_doubled(
    hooks: httpx.Client, senders: dict[Channel, Sender], receiver: Receiver
) -> None:
    hooks.post("/_sim/hooks", json={"held": True, "again": 2})
    for n in range(3):
        assert senders[Channel.SMS].send(message(Channel.SMS, f"k{n}", f"1380000100{n}")).accepted
    assert hooks.get("/_sim/hooks").json()["waiting"] == 6
    assert not receiver.posts
    hooks.post("/_sim/hooks/release", json={"order": "reverse"})
    keys = [read_aliyun_report(body)[0].key for _, _, body in receiver.wait_for(6)]
    assert sorted(keys) == ["k0", "k0", "k1", "k1", "k2", "k2"]


def test_receipts_can_be_lost(hooks: httpx.Client, senders: dict[Channel, Sender]) -> None:
    hooks.post("/_sim/hooks", json={"dropped": 1.0, "held": True})
    assert senders[Channel.SMS].send(message(Channel.SMS)).accepted
    assert hooks.get("/_sim/hooks").json()["waiting"] == 0


def test_mails_come_back_to_the_bounce_address(
    hooks: httpx.Client, senders: dict[Channel, Sender], settings: Settings, tmp_path: Path
) -> None:
    hooks.post("/_sim/settings", json={"returns": str(tmp_path / "bounces")})
    for n, local in enumerate(("later-hard", "later-full", "complain", "away", "fine")):
        assert senders[Channel.MAIL].send(message(Channel.MAIL, f"k{n}", f"{local}@mail.example")).accepted
    secret = mail_secret(settings)
    found = {receipt.key: receipt.cls for receipt in take_from_maildir(tmp_path / "bounces", secret)}
    assert found == {"k0": C.RECIPIENT_PERM, "k1": C.RECIPIENT_TEMP, "k2": C.OPT_OUT}
    assert list(take_from_maildir(tmp_path / "bounces", secret)) == []


def test_a_mail_stays_new_until_its_receipt_is_taken_up(
    hooks: httpx.Client, senders: dict[Channel, Sender], settings: Settings, tmp_path: Path
) -> None:
    hooks.post("/_sim/settings", json={"returns": str(tmp_path)})
    assert senders[Channel.MAIL].send(message(Channel.MAIL, "k1", "later-hard@mail.example")).accepted
    secret = mail_secret(settings)
    assert next(take_from_maildir(tmp_path, secret)).key == "k1"  # and then the reader died
    assert [receipt.key for receipt in take_from_maildir(tmp_path, secret)] == ["k1"]
