"""SMTP reply → result: first the words of the large Chinese mailboxes, then the enhanced code, then the basic one.

Sources: RFC 5321, RFC 3463, RFC 7372; help pages of QQ Mail and NetEase; Gmail support.google.com/mail/answer/81126.
"""

import re

from channels.outcome import Outcome, OutcomeClass
from channels.redact import redact

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")

# In this order; the first that matches decides. QQ says 550 to what is only a limit.
_WORDS: tuple[tuple[re.Pattern[str], OutcomeClass], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), cls)
    for pattern, cls in (
        (r"ip frequency limited|frequency limit|connection frequency", OutcomeClass.RATE_MIN),
        (r"connection denied|mailbox unavailable or access denied", OutcomeClass.TEMP),
        (
            r"mailbox not found|user unknown|user not found|no such (user|recipient|mailbox)",
            OutcomeClass.RECIPIENT_PERM,
        ),
        (r"mail content denied|DT:SPM.*\b554\b|\b554\b.*DT:SPM|suspected spam|spam message", OutcomeClass.CONTENT),
        (r"MI:(SPF|DMA|NHD|IMF)", OutcomeClass.CONFIG),
        (r"HL:(REP|ICC|IFC|MEP)|MI:(DMC|CEL|SFQ)|RP:(DRC|QRC)|DT:(RBL|SPM)", OutcomeClass.TEMP),
    )
)

_ENHANCED_CLASS: dict[str, OutcomeClass] = {
    **dict.fromkeys(("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"), OutcomeClass.RECIPIENT_PERM),
    **dict.fromkeys(("4.2.2", "5.2.2"), OutcomeClass.RECIPIENT_TEMP),
    **dict.fromkeys(("5.3.4", "5.2.3"), OutcomeClass.CONTENT),
    **dict.fromkeys((f"5.7.{n}" for n in range(20, 28)), OutcomeClass.CONFIG),
    **dict.fromkeys(("5.7.8", "5.7.0"), OutcomeClass.CONFIG),
}

_BASIC_CLASS: dict[int, OutcomeClass] = {
    **dict.fromkeys((530, 534, 535, 538), OutcomeClass.CONFIG),
    552: OutcomeClass.CONTENT,
    **dict.fromkeys((550, 551, 553), OutcomeClass.RECIPIENT_PERM),
    554: OutcomeClass.CONTENT,
}


def classify_reply(status: int, text: str) -> OutcomeClass:
    """The class of an SMTP reply; `text` is everything after the three digits."""
    if 200 <= status < 400:
        return OutcomeClass.OK
    for words, cls in _WORDS:
        if words.search(f"{status} {text}"):
            return cls
    enhanced = _ENHANCED.search(text)
    if enhanced and enhanced[0] in _ENHANCED_CLASS:
        return _ENHANCED_CLASS[enhanced[0]]
    if enhanced and enhanced[0] == "5.7.1":
        return OutcomeClass.CONTENT if "spam" in text.lower() else OutcomeClass.CONFIG
    if 400 <= status < 500:
        return OutcomeClass.TEMP
    return _BASIC_CLASS.get(status, OutcomeClass.CONTENT)


def refused(status: int, text: bytes | str, address: str) -> Outcome:
    """The outcome of a refusing reply."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    enhanced = _ENHANCED.search(words)
    code = f"{status} {enhanced[0]}" if enhanced else str(status)
    cls = classify_reply(status, words)
    # A frequency limit is the receiving domain's; the other mails may go.
    return Outcome(cls, code=code, detail=redact(words, address), personal=cls is OutcomeClass.RATE_MIN)
