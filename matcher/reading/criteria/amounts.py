"""Conditions in figures: revenue, tax, investment, research, staff, space, years since founding."""

import re
from collections.abc import Iterator

from matcher.reading.criteria.clause import Clause, Found
from matcher.reading.quantities import Quantity, list_quantities

_REVENUE = r"营业(?:总)?收入|主营业务收入|销售(?:总)?收入|销售总?额|营收|营业总?额|零售额|年收入总额|业务收入"
_NOT_HELD = (
    r"(?:亩均|人均|每亩|户均|单位产品)[^，。；\d]{0,6}|引进[^，]{0,6}投资|累计(?:纳税|投资|税收)|累计入库|出口|进口|贷款|授信|产值|增加值"
    r"|利润|工资|薪酬|报酬|年薪|外资|融资|合同|交易额|单价|租金|利息|补贴|补助|奖励|资助|奖金|资金额度|募集|注入|债|保费|成本|价格"
    r"|每增加|增量|新增部分|净资产|固定资产(?!投)|捐赠|罚款|还款|首付|额度|总价|账户|余额|标的|限额|押金|保证金|赔付|研发设备|成交"
)
_MONEY = re.compile(
    rf"(?P<none>{_NOT_HELD})"
    r"|(?P<rd_spend_wan>(?:研发|研究开发|研究与试验发展|研究与开发|R&D|科技活动|研究开发活动)(?:的)?(?:总?投入|费用|经费|支出|资金)"
    r"(?:总额|支出|投入|总支出)?)"
    r"|(?P<registered_capital_wan>注册(?:资本|资金)|实缴(?:资本|注册资本)|实收资本)"
    r"|(?P<asset_wan>资产总额|总资产|资产总计|资产规模)"
    r"|(?P<tax_wan>纳税|税收|入库税|缴税|税额|实缴税|上缴税|综合贡献|财政贡献|地方贡献|经济贡献|缴纳税)"
    r"|(?P<investment_wan>总?投资(?!者|机构|人)(?:总额|额|规模|强度)?|固定资产投入|设备(?:投入|购置)|实际投入|投入(?:总额)?)"
    rf"|(?P<revenue_wan>{_REVENUE})"
)
_RESEARCH = r"(?:研发|研究开发|研究与试验发展|研究与开发|R&D|科技活动|科技研发)(?:活动)?的?(?:总?投入|费用|经费|支出)"
_PERCENT = re.compile(
    rf"(?P<none2>占(?:全部|总)?{_RESEARCH}(?:总额)?的?比例)|(?P<rd_ratio_pct>{_RESEARCH}(?:(?!占(?:全部|总)?研)[^。；]){{0,40}}?(?:占(?!(?:全部|总)?研)|比例|比重|之比|强度|/|比率)|研发投入强度|研发强度|研发占比)"
    r"|(?P<rd_staff_ratio_pct>(?:研发|研究开发|科技|技术|科研)(?:活动)?(?:和[^，。；]{2,8})?(?:技术)?人员[^。；]{0,24}?(?:占|比例|比重))"
    rf"|(?P<revenue_growth_pct>(?:{_REVENUE})(?:(?!研发|投入|利润|税|贡献|出口|，)[^。；]){{0,24}}?(?:增长|增幅|增速|增长率))"
    r"|(?P<revenue_growth_pct2>年增速)"
    r"|(?P<none>贡献|出口|进口|产值|利润|税|持股|股份|占股|控股|人员|增加值|投资|本科|学历|大专|硕士|首付|贷款|利率|额度|资金|补助|补贴|奖励|能耗|节能|资产负债|合格|就业率)"
)
_STAFF = re.compile(
    r"(?P<employees>(?:从业|在职|在岗|在册|企业)?(?:职工|员工|从业人员|人员)(?:总?(?:人数|数|规模))?[^，。；\d]{0,6}|企业人数|参保(?:职工)?人数)$"
)
_NOT_STAFF = re.compile(
    r"研发|技术|科技|管理|专业|专职|研究|招用|吸纳|安置|新增|招收|聘用|失业|残疾|本科|学历|大专|职称|高级|执业|注册|医|护|安全|服务|工作人员|培训|带动|参与|吸收|接纳|教练|救援"
)
_FOUNDED = re.compile(
    r"(?:注册|成立|设立|登记|创办|创立|开办|开业|存续|(?:实际|正常|连续|持续|稳定)?(?:经营|运营|运行)(?:活动)?(?:时间|年限|期限)?)[^。；]{0,14}$"
)
_NOT_FOUNDED = re.compile(
    r"缴纳|社会保险|从事|工作|合同|贷款|专利|商标|著作权|执业|居住|婚姻|近$|最近|任职|服务|取得|职业资格|认定(?!时)"
)
_AREA = re.compile(
    r"(?:建筑|场地|使用|经营|办公|营业|厂房|租赁|生产|经营场所|用房|自用|孵化)[^。；]{0,6}面积[^，。；\d]{0,10}$"
)
_REFERS = 8
"""A piece no longer than this names nothing of its own."""
_GAP = 34
"""Characters between what is measured and its figure."""


def find_amounts(clause: Clause) -> Iterator[Found]:
    """The figures of `clause` that a field holds. One without a bound says nothing."""
    for quantity in list_quantities(clause.text):
        field = _measured(clause, quantity)
        if field is not None:
            yield _found(field, quantity)


def _measured(clause: Clause, quantity: Quantity) -> str | None:
    if quantity.bound is None:
        return None
    before = _before(clause.text, quantity.start)
    match quantity.unit:
        case "wan":
            return _money(clause, before, clause.text[quantity.end :])
        case "pct":
            ratio = _last_group(_PERCENT, before)
            return ratio or _last_group(_PERCENT, clause.head[-_GAP:], bare=_is_bare(before))
        case "people":
            return "employees" if _STAFF.search(before) and not _NOT_STAFF.search(before[-12:]) else None
        case "years" | "months":
            return "years_since_founding" if _is_age_of_firm(before, clause.text[quantity.end :]) else None
        case "sqm":
            return "floor_area_sqm" if _AREA.search(before) else None
    return None


def _money(clause: Clause, before: str, after: str) -> str | None:
    """What the figure measures: said in its own piece, or before it where that only refers to it (其中), or above."""
    own = before.rsplit("，", 1)[-1]
    if _MONEY.search(own):
        return _last_group(_MONEY, own)
    if after.startswith("的企业") or len(own) > _REFERS:
        return None
    return _last_group(_MONEY, before) or _last_group(_MONEY, clause.head[-_GAP:], bare=_is_bare(before))


def _before(text: str, position: int) -> str:
    """The words that lead to the figure: back to the last stop, and over commas no further than the gap."""
    words = text[max(0, position - _GAP) : position]
    return re.split(r"[。；\n]", words)[-1]


def _is_bare(before: str) -> bool:
    """Whether nothing is measured here, so that the heading above says what is: （不低于5%）."""
    return len(before) < 28


def _last_group(pattern: re.Pattern[str], words: str, *, bare: bool = True) -> str | None:
    """The field of the last thing measured in `words`; None where it is one that no field holds."""
    if not bare:
        return None
    last = None
    for match in pattern.finditer(words):
        last = match
    return None if last is None or str(last.lastgroup).startswith("none") else str(last.lastgroup).rstrip("2")


def _is_age_of_firm(before: str, after: str) -> bool:
    piece = re.split(r"[，]", before)[-1]
    if after.startswith(("内有", "内无", "内未", "内没", "内不", "平均", "财务", "的执业", "的工作", "的从业")) or (
        _NOT_FOUNDED.search(piece[-14:]) or piece.endswith("前")
    ):
        return False
    if _FOUNDED.search(piece):
        return True
    return bool(_FOUNDED.search(before) and re.fullmatch(r"[，且并]*(?:但|不|未|超|满|的)*", piece or ""))


def _found(field: str, quantity: Quantity) -> Found:
    value = quantity.value
    if field == "years_since_founding" and quantity.unit == "months":
        value = round(value / 12, 2)
    return Found(field, str(quantity.bound), int(value) if value == int(value) else value, quantity.start, quantity.end)
