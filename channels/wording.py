"""The words that templates may use: every placeholder of SMS and WeChat templates is a name in `short_values`."""

from channels.notice import Notice, Personal

NO_DEADLINE = "未规定"
REFUSE_WECHAT = "不想再收，请回复“退订”"

Values = dict[str, str]


def short_values(notice: Notice, personal: Personal, code: str = "") -> Values:
    """The one-line texts of a message. `code` is the last part of the short link."""
    first = personal.items[0] if personal.items else None
    reason = personal.reasons[0] if personal.reasons else (first.reason if first else "")
    return {
        "title": notice.title or (first.title if first else ""),
        "reason": reason or "您订阅了这类政策",
        "deadline": notice.deadline or NO_DEADLINE,
        "action": notice.action or "点开看怎么办",
        "question": personal.question,
        "change": notice.change,
        "month": notice.month,
        "count": str(len(personal.items)),
        "days": "" if notice.days is None else str(notice.days),
        "issuer": notice.issuer,
        "audience": personal.audience,
        "passcode": personal.passcode,
        "minutes": "" if personal.minutes is None else str(personal.minutes),
        "code": code,
        "refuse": REFUSE_WECHAT,
    }


NAMES = frozenset(short_values(Notice.from_json({"purpose": "policy"}), Personal()))
"""What a template may ask for."""
