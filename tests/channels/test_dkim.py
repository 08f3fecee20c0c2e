"""DKIM: the published examples of RFC 8463, and our mails as an independent verifier reads them."""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from redis import Redis

from channels.mail.dkim import SIGNED, DkimSigner, hash_body, load_signer, signed_text, split_mail
from channels.mail.mime import Envelope, build_mail
from channels.message import Channel, MailContent
from channels.outcome import OutcomeClass
from channels.registry import make_senders
from channels.sender import Sender
from channels.simulators.dkim import find_dkim_problems
from channels.simulators.providers import Providers
from core.errors import ZhidaError
from core.settings import Settings
from tests.channels.samples import content, message

AT = datetime(2026, 11, 21, tzinfo=UTC)
DOMAIN = "zhida.example"

# RFC 8463 appendix A: keys, records and the message with both signatures.
ED25519_KEY = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
RSA_KEY = """-----BEGIN RSA PRIVATE KEY-----
MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi
Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM
KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB
AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm
6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe
zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy
6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc
uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy
WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd
WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a
licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst
o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe
uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL
-----END RSA PRIVATE KEY-----
"""
RECORDS = {
    "brisbane._domainkey.football.example.com": ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
    "test._domainkey.football.example.com": (
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi"
        "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G"
        "+2kryOTIKT+l/K4w3QIDAQAB"
    ),
}
MESSAGE = """\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace("\n", "\r\n").encode()


@pytest.fixture(scope="module")
def rsa_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.fixture(params=["rsa", "ed25519"])
def signer(request: pytest.FixtureRequest, rsa_key: RSAPrivateKey) -> DkimSigner:
    return DkimSigner(DOMAIN, "s1", rsa_key if request.param == "rsa" else Ed25519PrivateKey.generate())


def a_mail(channel_content: MailContent | None = None) -> bytes:
    made = channel_content or content(Channel.MAIL)
    assert isinstance(made, MailContent)
    names = Envelope("n@zhida.example", "政策直达", "w@mail.example", "<k1.00000000@zhida.example>", "b@b.example")
    return build_mail(made, names, AT)


@pytest.mark.parametrize(
    ("number", "key"),
    [
        (0, Ed25519PrivateKey.from_private_bytes(base64.b64decode(ED25519_KEY))),
        (1, load_pem_private_key(RSA_KEY.encode(), None)),
    ],
    ids=["ed25519", "rsa"],
)
def test_the_published_message_gets_the_published_signature(
    number: int, key: Ed25519PrivateKey | RSAPrivateKey
) -> None:
    fields, body = split_mail(MESSAGE)
    published = fields[number][1]
    tags = dict(re.findall(r"(\w+)=([^;]*)", published.decode()))
    assert hash_body(body) == tags["bh"]
    names = [name.strip() for name in tags["h"].split(":")]
    unsigned = published[: published.rindex(b"b=") + 2]
    signature = DkimSigner("football.example.com", "any", key).seal(signed_text(fields, names, unsigned))
    assert signature.decode() == "".join(tags["b"].split())


def test_the_records_are_the_published_ones() -> None:
    ed25519 = Ed25519PrivateKey.from_private_bytes(base64.b64decode(ED25519_KEY))
    rsa = load_pem_private_key(RSA_KEY.encode(), None)
    assert isinstance(rsa, RSAPrivateKey)
    domain = "football.example.com"
    made = [DkimSigner(domain, "brisbane", ed25519).record(), DkimSigner(domain, "test", rsa).record()]
    assert dict(made) == RECORDS


def test_the_simulated_mailbox_judges_the_published_message() -> None:
    assert find_dkim_problems(MESSAGE, RECORDS) == ["", ""]
    assert find_dkim_problems(MESSAGE.replace(b"dinner", b"supper"), RECORDS) == ["signature wrong"] * 2
    assert find_dkim_problems(MESSAGE.replace(b"lost", b"won"), RECORDS) == ["body changed"] * 2
    assert find_dkim_problems(MESSAGE, {}) == ["no key"] * 2
    assert find_dkim_problems(MESSAGE.partition(b"From:")[2], RECORDS) is None


def test_spaces_and_folds_on_the_way_do_no_harm() -> None:
    """What relaxed allows a mail server to do (RFC 6376 3.4.5)."""
    changed = MESSAGE.replace(b"Subject: Is dinner", b"SUBJECT:   Is\r\n\tdinner").replace(b"yet?", b"yet? \t")
    assert find_dkim_problems(changed + b"\r\n\r\n", RECORDS) == ["", ""]


def test_our_mails_pass_and_both_headers_of_the_unsubscription_are_covered(signer: DkimSigner) -> None:
    signed = signer.sign(a_mail(), AT)
    records = dict([signer.record()])
    assert find_dkim_problems(signed, records) == [""]
    head = signed.split(b"\r\n\r\n")[0]
    assert max(len(line) for line in head.split(b"\r\n") if not line.startswith(b"List-")) <= 998
    for name in SIGNED:
        line = re.search(rb"(?im)^" + name.encode() + rb": (.)", head[head.index(b"\r\nFrom:") :])
        assert line, name
        start = head.index(b"\r\nFrom:") + line.start(1)
        broken = signed[:start] + b"~" + signed[start + 1 :]
        assert find_dkim_problems(broken, records) == ["signature wrong"], name


@pytest.mark.parametrize("line", [b"From: evil@x.example", b"Subject: Other", b"List-Unsubscribe: <https://x.example>"])
def test_nobody_can_add_a_header_that_we_wrote(signer: DkimSigner, line: bytes) -> None:
    signed = signer.sign(a_mail(), AT)
    assert find_dkim_problems(line + b"\r\n" + signed, dict([signer.record()])) == ["signature wrong"]


def test_an_independent_verifier_agrees(signer: DkimSigner) -> None:
    dkim = pytest.importorskip("dkim", reason="dkimpy is published as source only: pip install dkimpy runs this")
    name, value = signer.record()
    signed = signer.sign(a_mail(), AT)

    def look_up(asked: bytes, timeout: int = 5) -> bytes:
        return value.encode() if asked.decode().rstrip(".") == name else b""

    assert dkim.verify(signed, dnsfunc=look_up)
    assert not dkim.verify(signed.replace(b"Subject: ", b"Subject: ~"), dnsfunc=look_up)


def test_keys_come_from_a_file(tmp_path: Path, rsa_key: RSAPrivateKey) -> None:
    path = tmp_path / "dkim.pem"
    path.write_bytes(rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert load_signer(path, "s1", DOMAIN).record() == DkimSigner(DOMAIN, "s1", rsa_key).record()


def test_a_key_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    path = tmp_path / "dkim.pem"
    with pytest.raises(ZhidaError, match="读不了"):
        load_signer(path, "s1", DOMAIN)
    path.write_text("no key")
    with pytest.raises(ZhidaError, match="不是没有密码的 PEM 私钥"):
        load_signer(path, "s1", DOMAIN)
    path.write_text(RSA_KEY)
    with pytest.raises(ZhidaError, match="1024 位"):
        load_signer(path, "s1", DOMAIN)


@pytest.fixture
def mail_sender(
    simulators: Providers, settings: Settings, redis: Redis, tmp_path: Path, rsa_key: RSAPrivateKey
) -> Iterator[Sender]:
    path = tmp_path / "dkim.pem"
    path.write_bytes(rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    made = make_senders(settings.model_copy(update={"dkim_key": path}), redis)[Channel.MAIL]
    yield made
    made.close()


def test_what_goes_out_is_signed(simulators: Providers, mail_sender: Sender, rsa_key: RSAPrivateKey) -> None:
    name, value = DkimSigner(DOMAIN, "zhida", rsa_key).record()
    simulators.mail.records[name] = value
    assert mail_sender.send(message(Channel.MAIL, "k1")).accepted
    raw = simulators.world.accepted[-1].content["raw"]
    assert find_dkim_problems(raw, {name: value}) == [""]


def test_a_signature_that_does_not_fit_the_published_key_is_ours_to_mend(
    simulators: Providers, mail_sender: Sender
) -> None:
    name, value = DkimSigner(DOMAIN, "zhida", generate_private_key(65537, 2048)).record()
    simulators.mail.records[name] = value
    outcome = mail_sender.send(message(Channel.MAIL, "k1"))
    assert (outcome.cls, outcome.code) == (OutcomeClass.CONFIG, "550 5.7.20")
