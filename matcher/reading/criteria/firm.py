"""What a firm is: size, owner, legal form, listed or not, in good standing."""

import re
from collections.abc import Iterator

from matcher.reading.criteria.clause import Clause, Found
from matcher.reading.criteria.words import Table, find_wordings, join_lists, wording

_FIRMS = r"(?:企业|公司|单位|项目|机构|市场主体|主体)"
_TABLE = Table(
    wording(
        "size",
        "in",
        ["micro", "small", "medium"],
        r"(?<!专精特新)(?<!科技型)(?<!创新型)(?<!新型)中小微(?:型)?(?:企业|市场主体|工业|商贸|制造|经营)",
    ),
    wording("size", "in", ["micro", "small"], r"小微(?:型)?(?:企业|市场主体|商户)|小型微利企业|小型、?微型企业"),
    wording(
        "size",
        "in",
        ["micro", "small", "medium"],
        r"(?<!专精特新)(?<!精特新”)(?<!科技型)(?<!创新型)(?<!新型)(?<!科技)(?<!全国)中小(?:型)?企业(?!服务|局|发展|公共|股份|促进|处|主管|专项|协会|数字|划型|划分)",
        strict=True,
    ),
    wording("size", "in", ["large", "medium"], r"大中型(?:企业|工业)"),
    wording("size", "in", ["large"], r"(?<!特)大型(?:企业|工业企业)", strict=True),
    wording(
        "ownership",
        "in",
        ["foreign"],
        r"(?:外商投资|外资)(?=[^，。；、]{0,8}(?:企业|公司|单位|项目|机构|市场主体))|外资研发|外商设立|跨国公司",
    ),
    wording("legal_form", "in", ["company"], r"(?:有限责任|股份有限)公司(?=设立|变更|注销|备案)", strict=True),
    wording("ownership", "in", ["hmt"], r"港澳台(?:商)?(?:投资|资)?企业"),
    wording("ownership", "in", ["private"], r"民营[^，。；、]{0,6}?企业(?!家)|民营房企|民间资本|民营经济组织|私营企业"),
    wording("ownership", "in", ["state"], r"国有(?:及国有)?(?:控股|独资)?企业|中央企业|央企", strict=True),
    wording("legal_form", "in", ["sole_trader"], r"个体工商户|个体户"),
    wording("legal_form", "in", ["cooperative"], r"(?:农民)?(?:专业)?合作社(?:联合社)?"),
    wording("legal_form", "in", ["partnership"], r"合伙企业"),
    wording(
        "legal_form",
        "in",
        ["social_org"],
        r"社会组织|社会团体|(?:行业|商|各|产业|专业)+(?:商)?协会|商协会|协会商会|(?:本地|异地)商会|行业商协会|民办非企业(?:单位)?|社会服务机构|民间组织",
    ),
    wording("legal_form", "in", ["institution"], r"(?<!企)(?<!机关)(?<!、企业)事业(?:性)?(?:单位|机构|法人)|公立医院"),
    wording(
        "legal_person",
        "eq",
        True,
        r"(?<!非)独立(?:的)?(?:企业|事业)?法人(?!治理)|具[有备](?:独立)?(?:的)?(?:企业|民事)?法人(?:资格|地位)|法人资格|(?<!非)法人单位|(?<!非)企业法人(?!营业)|独立承担(?:民事|法律)责任(?:能力)?的?(?:法人|企业|单位)",
    ),
    wording(
        "listed",
        "eq",
        True,
        r"(?<!拟)(?<!新三板)上市(?:公司|企业)|已上市|新上市的|股票上市|交易所(?:主板|创业板|科创板)?(?:成功)?上市|(?:主板|科创板|创业板|北交所|交易所|境内外?|境外|海外)[^，。；]{0,10}(?<!拟)(?<!辅导)上市的|在[^，。；、]{0,14}上市的",
    ),
)
_CREDIT = re.compile(
    r"失信|信用(?:记录|状况|信息|评价)?[^，。；]{0,6}?(?:良好|优良|合格)|良好(?:的)?(?:社会|商业)?(?:信用|信誉|诚信)|不良(?:信用|征信|信贷|个人征信|记录)|严重违法|重大(?:税收|环境|安全)?违法|违法失信|经营异常名录|信用黑名单|征信(?:记录|状况)?[^，。；]{0,4}良好|诚信(?:经营|守法)|信誉良好|无重大(?:税收)?违法|无不良(?:信用|记录)|无(?:严重|重大)?违[法规纪](?:、|和|或)?违[法规纪]|(?:社会|财税)[^，。；、]{0,6}诚信|无[^，。；]{0,12}违法违规|违法违规(?:信用)?记录"
)
_HELPS = re.compile(
    r"推荐(?:其|会员|本)|发挥[^，。；]{0,30}作用|自律|[^，。；]{0,6}等各方|标准体系|向社会开放|教育培训"
)
"""Associations and public bodies that are to help, which is asked of nobody who applies."""
_FORMS = re.compile(r"企业|公司")
_UNITS = re.compile(r"企事业单位")
_LIST = re.compile(r"[、，及和或与（）]{1,2}(?:以及)?(?:各类)?$")


def find_firm(clause: Clause) -> Iterator[Found]:
    """Conditions on the firm itself."""
    helping = _HELPS.search(clause.text) is not None
    for found in join_lists(clause.text, [*find_wordings(clause, _TABLE), *_units(clause)]):
        if found.field != "legal_form":
            yield found
        elif not helping:
            yield _with_firms(clause, found)


def find_standing(clause: Clause) -> Iterator[Found]:
    """Good standing, asked of firms and persons alike."""
    if clause.strict or clause.excluding:
        for match in _CREDIT.finditer(clause.text):
            yield Found("credit_clean", "eq", True, match.start(), match.end())


def _units(clause: Clause) -> Iterator[Found]:
    if clause.strict:
        for match in _UNITS.finditer(clause.text):
            yield Found("legal_form", "in", ["company", "institution"], match.start(), match.end())


def _with_firms(clause: Clause, found: Found) -> Found:
    """企业、事业单位、社会组织: firms that stand in the same list belong to it."""
    before = clause.text[: found.start]
    if (
        clause.strict
        and "company" not in found.value
        and (link := _LIST.search(before))
        and _FORMS.search(before[-12:][: -len(link[0])])
    ):
        return Found("legal_form", "in", ["company", *found.value], found.start, found.end)
    return found
