"""A title that a phone shows whole, made by cutting only."""

import re

LONGEST = 24
"""Characters of a notification title that phones show whole."""

_READ = 400
"""Characters of a title that are looked at."""
_BLANK = re.compile(r"(?<![!-~])\s+|\s+(?![!-~])")
"""Blanks that part nothing: all but those between Latin words and figures."""
_PLACE_TAG = re.compile(r"^(?:【[^】]{1,40}】+|\[[^\]]{1,40}\])")
_NUMBER = re.compile(r"^(?:\d{1,3}[.．、]\s*|第[一二三四五六七八九十百]{1,4}[条章]\s*|[一二三四五六七八九十]{1,3}、)")
_INNER = re.compile(
    r"(?:^|印发|公布|发布|转发|批转|修订|修改|调整|贯彻|落实|实施|施行|执行|开展|申报|下发)[^《》，。]{0,20}《(?P<name>[^《》]{4,80})》"
)
_ISSUER = re.compile(
    r"^[^，。《》“”]{2,60}?(?:人民政府|办公厅|办公室|委员会|管委会|[省市区县]政府|[局厅部委办院处]|中心|公司)(?=关于|印发|转发|公布)"
)
_ABOUT = re.compile(
    r"^(?:关于)?(?:进一步)?(?:印发|公布|发布|转发|批转|下发|组织(?:开展)?|开展|做好|明确|组织申报|申报|实施|施行|执行|落实)?(?:好)?(?:关于)?"
)
_KIND = re.compile(
    r"(?:有关(?:事项|事宜|问题|工作)|相关(?:事项|事宜|工作))?的?(?:补充|紧急|联合)?(?:通知|公告|通告|意见|决定|函|批复|复函|请示|报告|公示|启事|说明)(?:（[^）]{0,12}）|\([^)]{0,12}\))?$"
)
_PLAIN_FORMS = ("的通知", "的公告", "的通告", "的函", "的公示")
_OFFER = re.compile(r"[（(](?P<offer>[^（）()]{6,22}(?:奖励|补贴|补助|资助|津贴|贷款))[）)](?=的?通知|的?公告|$)")
"""What a long title of a fund is about after all: …专项资金（住宿餐饮业新增企业奖励）."""
_TAIL = re.compile(r"(?:（[^）]{0,14}）|\([^)]{0,14}\)|\s*[—-]{1,2}.{0,20})$")
_WASTE = re.compile(r"^(?:(?:20\d\d|[一二三四五六七八九十]{1,3})年度?)?(?:第[一二三四五六七八九十\d]批)?")
_JOINT = re.compile(r"[，、；：的和与及（( ]")


def shorten_title(title: str) -> str:
    """`title` without issuer, number and form (关于印发…的通知): at most `LONGEST` characters, all of them its own.

    Where even the bare subject is longer it ends at a joint with an ellipsis.
    """
    name = re.sub(r"\s+", " ", _BLANK.sub("", title[:_READ]))
    name = _NUMBER.sub("", _PLACE_TAG.sub("", name)) or name
    if len(name) > LONGEST and (offer := _OFFER.search(name)):
        name = offer["offer"]
    inner = _INNER.search(name)
    if inner and len(name) > LONGEST:
        name = inner["name"]
    name = _cut_about(_cut_issuer(name)) or name
    if len(name) > LONGEST or name.endswith(_PLAIN_FORMS):
        name = _KIND.sub("", name) or name
    if len(name) > LONGEST:
        name = _TAIL.sub("", name) or name
    return name if len(name) <= LONGEST else _break(name)


def _cut_issuer(name: str) -> str:
    return _ISSUER.sub("", name)


def _cut_about(name: str) -> str:
    return _ABOUT.sub("", name)


def _break(name: str) -> str:
    room = LONGEST - 1
    joints = [match.start() for match in _JOINT.finditer(name, LONGEST // 2, room + 1)]
    return name[: joints[-1] if joints else room] + "…"
