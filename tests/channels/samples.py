"""Messages for tests."""

from channels.compose import make_composer
from channels.imprint import Imprint, imprint_of
from channels.message import Channel, Content, Message
from channels.notice import Item, Notice, Personal, Purpose
from core.settings import Settings

IMPRINT: Imprint = imprint_of(Settings(_env_file=None))

ADDRESSES = {Channel.WECHAT: "sim-oA1b2C3", Channel.SMS: "13812345678", Channel.MAIL: "wang.fang@mail.example"}

PERSONAL = Personal(
    audience="企业",
    reasons=("贵公司是广州市的小型制造业企业", "您订阅了“融资支持”"),
    open_conditions=("设备须在2026年内买入",),
    question="去年的营业收入",
    items=(
        Item("小微企业贷款贴息", "http://127.0.0.1:8000/s/aaaaaa1", "您是小微企业", "2026年12月31日"),
        Item("稳岗返还", "http://127.0.0.1:8000/s/aaaaaa2", "您有参保职工", "2026年11月30日"),
    ),
    link="http://127.0.0.1:8000/s/Ab3dE9x",
    unsubscribe_link="http://127.0.0.1:8000/u/T0ken",
    passcode="482913",
    minutes=10,
)


def notice(purpose: Purpose = Purpose.POLICY) -> Notice:
    return Notice(
        purpose,
        title="中小微企业设备更新贷款贴息办法（试行）",
        summary="贷款买设备的中小微企业，市里补助利息，最高100万元。",
        issuer="广州市工业和信息化局",
        document_number="穗工信规字〔2026〕3号",
        deadline="2026年12月31日",
        days=14,
        action="在“穗好办”网站填表，上传贷款合同",
        change="申报时间改到2027年3月",
        month="10月",
    )


def content(channel: Channel, purpose: Purpose = Purpose.POLICY) -> Content:
    return make_composer(notice(purpose), channel, IMPRINT).fill(PERSONAL)


def message(channel: Channel, key: str = "0" * 32, address: str = "") -> Message:
    return Message(key, channel, address or ADDRESSES[channel], content(channel))
