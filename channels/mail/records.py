"""What DNS must say of the domains that we send under, so that mailboxes take our mails.

Sources: RFC 7208 (SPF, looked up for the envelope's sender), RFC 6376 (DKIM), RFC 7489 6.6.3 (DMARC),
support.google.com/mail/answer/81126.
"""

from collections.abc import Callable, Iterator

import dns.resolver
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

from channels.mail.dkim import DkimSigner
from core.errors import ZhidaError

Ask = Callable[[str, str], list[str]]
"""Name and kind (`TXT`, `MX`) to the values; no value where there is no such record."""

SECONDS = 10.0


def ask_dns(name: str, kind: str, resolver: Resolver | None = None) -> list[str]:
    """What DNS answers. Raises ZhidaError where nobody answers."""
    try:
        answer = (resolver or dns.resolver.get_default_resolver()).resolve(name, kind, lifetime=SECONDS)
    except (NXDOMAIN, NoAnswer):
        return []
    except DNSException as error:
        raise ZhidaError(f"查不到 {name} 的 DNS 记录：{type(error).__name__}") from None
    if kind == "TXT":
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
    return [record.to_text() for record in answer]


def find_record_problems(sender: str, bounces: str, signer: DkimSigner | None, ask: Ask = ask_dns) -> list[str]:
    """A Chinese sentence for each record to publish or to mend. `sender` and `bounces` are our two mail domains.

    Raises ZhidaError where DNS can't be asked.
    """
    return [*_dkim(signer, ask), *_spf(bounces, ask), *_dmarc(sender, ask), *_mx(bounces, ask)]


def _dkim(signer: DkimSigner | None, ask: Ask) -> Iterator[str]:
    if signer is None:  # the mail server signs, under a selector that only it knows
        return
    name, value = signer.record()
    published = ask(name, "TXT")
    if not published:
        yield f"没有 DKIM 记录：请发布 TXT 记录 {name}，内容 {value}"
    elif _public(value) not in map(_public, published):
        yield f"DKIM 记录与私钥不符：请把 TXT 记录 {name} 改为 {value}"


def _public(record: str) -> str:
    """The key in a record, whatever stands around it."""
    tags = (part.partition("=") for part in record.split(";"))
    return next(("".join(value.split()) for name, _, value in tags if name.strip() == "p"), "")


def _spf(bounces: str, ask: Ask) -> Iterator[str]:
    found = [one for one in ask(bounces, "TXT") if one.lower().split(" ")[0] == "v=spf1"]
    if not found:
        yield f"没有 SPF 记录：请发布 TXT 记录 {bounces}，如 v=spf1 ip4:邮件服务器的出口IP -all"
    elif len(found) > 1:
        yield f"{bounces} 有 {len(found)} 条 SPF 记录，只能留一条"


def _dmarc(sender: str, ask: Ask) -> Iterator[str]:
    """At the domain itself, or at one that it belongs to."""
    labels = sender.split(".")
    domains = [".".join(labels[start:]) for start in range(max(len(labels) - 1, 1))]
    if not any(one.lower().startswith("v=dmarc1") for domain in domains for one in ask(f"_dmarc.{domain}", "TXT")):
        yield f"没有 DMARC 记录：请发布 TXT 记录 _dmarc.{sender}，如 v=DMARC1; p=none"


def _mx(bounces: str, ask: Ask) -> Iterator[str]:
    if not ask(bounces, "MX"):
        yield f"退信域名 {bounces} 没有 MX 记录，退信收不到"
