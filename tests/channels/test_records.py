"""What `zhida doctor` says of the mail domains' records, asked of a DNS server on this machine."""

import socket
import threading
from collections.abc import Iterator
from functools import partial

import dns.message
import dns.rdatatype
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dns.resolver import Resolver

from channels.mail.dkim import DkimSigner
from channels.mail.records import Ask, ask_dns, find_record_problems
from core.errors import ZhidaError

SENDER, BOUNCES = "zc.zhida.example", "bounce.zc.zhida.example"
SIGNER = DkimSigner(SENDER, "s1", Ed25519PrivateKey.generate())

Zone = dict[tuple[str, str], list[str]]


@pytest.fixture(scope="module")
def zone() -> Zone:
    return {}


@pytest.fixture(scope="module")
def ask(zone: Zone) -> Iterator[Ask]:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def answer() -> None:
        while (packet := server.recvfrom(4096))[0]:
            question = dns.message.from_wire(packet[0])
            response = dns.message.make_response(question)
            [asked] = question.question
            name, kind = asked.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(asked.rdtype)
            if name.startswith("broken"):
                response.set_rcode(dns.rcode.SERVFAIL)
            elif values := zone.get((name, kind)):
                response.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *values))
            server.sendto(response.to_wire(), packet[1])

    thread = threading.Thread(target=answer)
    thread.start()
    resolver = Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
    yield partial(ask_dns, resolver=resolver)
    server.sendto(b"", server.getsockname())
    thread.join()
    server.close()


@pytest.fixture
def published(zone: Zone) -> Iterator[Zone]:
    """Everything as it should be; a long value comes in two strings, as DNS wants it."""
    name, value = SIGNER.record()
    zone.update(
        {
            (name, "TXT"): [f'"{value[:30]}" "{value[30:]}"'],
            (BOUNCES, "TXT"): ['"v=spf1 ip4:203.0.113.7 -all"', '"other=1"'],
            ("_dmarc.zhida.example", "TXT"): ['"v=DMARC1; p=none"'],
            (BOUNCES, "MX"): ["10 mail.zhida.example."],
        }
    )
    yield zone
    zone.clear()


def test_all_is_well_with_all_records(ask: Ask, published: Zone) -> None:
    assert find_record_problems(SENDER, BOUNCES, SIGNER, ask) == []


def test_each_missing_record_is_told_with_what_to_publish(ask: Ask) -> None:
    name, value = SIGNER.record()
    dkim, spf, dmarc, mx = find_record_problems(SENDER, BOUNCES, SIGNER, ask)
    assert name in dkim
    assert value in dkim
    assert f"TXT 记录 {BOUNCES}" in spf
    assert f"_dmarc.{SENDER}" in dmarc
    assert "MX" in mx


def test_another_key_and_two_spf_records_are_told(ask: Ask, published: Zone) -> None:
    name, _ = SIGNER.record()
    published[name, "TXT"] = ['"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="']
    published[BOUNCES, "TXT"] = ['"v=spf1 -all"', '"v=spf1 ~all"']
    dkim, spf = find_record_problems(SENDER, BOUNCES, SIGNER, ask)
    assert "与私钥不符" in dkim
    assert "2 条 SPF" in spf


def test_where_the_mail_server_signs_no_key_is_looked_for(ask: Ask, published: Zone) -> None:
    del published[SIGNER.record()[0], "TXT"]
    assert find_record_problems(SENDER, BOUNCES, None, ask) == []


def test_a_silent_dns_is_no_missing_record(ask: Ask) -> None:
    with pytest.raises(ZhidaError, match="查不到"):
        find_record_problems("broken.example", "broken.example", None, ask)
