"""A notice and a person made up for previews: what staff see before they save a template."""

from channels.notice import Item, Notice, Personal, Purpose

_OVERVIEW = {Purpose.DIGEST: "10月", Purpose.WELCOME: "现在可办"}
_NOT_ABOUT_ONE = (*_OVERVIEW, Purpose.STAY, Purpose.CODE, Purpose.BINDING)


def example_notice(purpose: Purpose) -> Notice:
    """A notice with every value that its purpose may use."""
    ended = purpose is Purpose.REPEALED
    about_one = purpose not in _NOT_ABOUT_ONE
    if purpose is Purpose.STAY:
        return Notice(purpose, title="还要继续接收政策消息吗", action="点开就继续接收，否则只发月报")
    return Notice(
        purpose,
        title="中小微企业设备更新贷款贴息办法（试行）" if about_one else "",
        summary="贷款买设备的中小微企业，市里补助利息，最高100万元。" if about_one else "",
        issuer="某市工业和信息化局" if about_one else "",
        document_number="某工信规字〔2026〕3号" if about_one else "",
        deadline="2026年12月31日" if about_one and not ended else "",
        days=14 if purpose is Purpose.DEADLINE else None,
        action="在政务服务网填表，上传贷款合同" if about_one and not ended else "",
        change="由新办法代替" if ended else "申报时间改到2027年3月" if purpose is Purpose.CHANGED else "",
        month=_OVERVIEW.get(purpose, ""),
    )


def example_personal(purpose: Purpose, link_prefix: str) -> Personal:
    """A person with every value that the purpose may use."""
    items = (
        Item(
            "中小微企业设备更新贷款贴息", link_prefix + "Ab3dE91kW5Tz", "贵公司是本市的小型制造业企业", "2026年12月31日"
        ),
        Item("一次性稳岗补助", link_prefix + "Ab3dE92mQ8Rv", "贵公司有参保职工", "2026年11月30日"),
    )
    is_code = purpose is Purpose.CODE
    about_one = purpose not in _NOT_ABOUT_ONE
    return Personal(
        audience="企业",
        reasons=("贵公司是本市的小型制造业企业", "您订阅了“融资支持”") if about_one else (),
        open_conditions=("设备须在2026年内买入",) if purpose in (Purpose.POLICY, Purpose.DEADLINE) else (),
        question="去年的营业收入" if purpose is Purpose.MISSING else "",
        items=items if purpose in _OVERVIEW else (),
        link="" if is_code else link_prefix + "Ab3dE9xK2mQ7",
        unsubscribe_link="" if is_code else link_prefix.removesuffix("s/") + "u/example",
        passcode="482913" if is_code else "",
        minutes=10 if is_code else None,
    )
