"""The words that templates may use: every placeholder of SMS and WeChat templates is a name in `short_values`."""

from channels.notice import Item, Notice, Personal, Purpose

NO_DEADLINE = "未规定"
REFUSE_WECHAT = "不想再收，请回复“退订”"

Values = dict[str, str]


def short_values(notice: Notice, personal: Personal, code: str = "") -> Values:
    """The one-line texts of a message. `code` is the last part of the short link."""
    first = personal.items[0] if personal.items else Item("", "")
    reason = personal.reasons[0] if personal.reasons else first.reason
    return {
        "title": notice.title or first.title,
        "matter": notice.title or TITLES[notice.purpose],
        "reason": reason or _REASONS.get(notice.purpose, "您订阅了这类政策"),
        "deadline": notice.deadline or first.deadline or NO_DEADLINE,
        "action": notice.action or "点开看怎么办",
        "question": personal.question,
        "change": notice.change,
        "month": notice.month,
        "count": str(len(personal.items)),
        "overview": f"{notice.month}，{len(personal.items)}项可能适合您" if notice.month else "",
        "days": "" if notice.days is None else str(notice.days),
        "issuer": notice.issuer,
        "audience": personal.audience,
        "passcode": personal.passcode,
        "minutes": "" if personal.minutes is None else str(personal.minutes),
        "code": code,
        "refuse": REFUSE_WECHAT,
    }


LABELS = {
    "title": "政策名称",
    "matter": "事项名称",
    "reason": "推送理由",
    "deadline": "截止时间",
    "action": "怎么办理",
    "question": "还差信息",
    "change": "有何变化",
    "month": "月份",
    "count": "政策数量",
    "overview": "月报概况",
    "days": "剩余天数",
    "issuer": "发文机关",
    "audience": "用户类型",
    "passcode": "验证码",
    "minutes": "有效分钟",
    "code": "链接编号",
    "refuse": "温馨提示",
}
"""What staff call the placeholders; the keywords to choose for a WeChat template."""

TITLES: dict[str, str] = {
    Purpose.POLICY: "新政策提醒",
    Purpose.MISSING: "还差一项信息",
    Purpose.DEADLINE: "政策即将截止",
    Purpose.EXTENDED: "政策延期",
    Purpose.CHANGED: "政策有变化",
    Purpose.REPEALED: "政策停止执行",
    Purpose.DIGEST: "政策月报",
    Purpose.WELCOME: "现在可办的政策",
    Purpose.STAY: "是否继续接收",
    Purpose.CODE: "验证码",
    Purpose.BINDING: "绑定成功",
}
"""What staff and readers call the purposes."""

_REASONS: dict[str, str] = {
    Purpose.STAY: "您有三个月没有打开消息",
    Purpose.BINDING: "您刚刚绑定了账号",
}
"""Why we write where it isn't about a policy."""

NAMES = frozenset(short_values(Notice(Purpose.POLICY), Personal()))
"""What a template may ask for."""
