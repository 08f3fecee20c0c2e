"""The trade a firm is in, as codes of GB/T 4754 where there is one, else as the words of the policy."""

import re
from collections.abc import Iterator

from matcher.reading.criteria.anchors import AnchorIndex, list_anchors
from matcher.reading.criteria.clause import Clause, Found
from matcher.reading.criteria.words import join_lists

_TRADES: list[tuple[str, list[str]]] = [
    (r"软件和信息技术服务业?|软件(?:和|与|及)?信息(?:技术)?服务业?|软件(?:开发)?(?=企业)", ["I65"]),
    (r"信息传输、软件和信息技术服务业?", ["I"]),
    (r"租赁和商务服务业", ["L"]),
    (r"科学研究和技术服务业", ["M"]),
    (
        r"房地产(?:开发)?(?:经营)?(?=[^，。；、]{0,4}(?:企业|行业|项目|业|公司|单位)|、|$|。|，)(?!业良性|业平稳|业健康|市场|业协会|业金融|税|合格)|(?<!技术)(?<!研究)(?<!软件)开发(?=企业)|房企(?!业)",
        ["K70"],
    ),
    (r"物业(?:管理|服务)", ["K70"]),
    (r"建筑(?:业|施工|装饰)?(?:总承包|施工)?(?=企业|业企业)|建筑业|建设行业|施工(?=企业)", ["E"]),
    (r"工程(?:勘察)?设计(?=企业|单位|机构)|勘察设计(?=企业|单位)", ["M74"]),
    (r"(?<!品)(?<!化)(?:先进|高端|装备)?制造业(?!创新中心|与|类|和服务业)|(?<!品)制造(?=企业)", ["C"]),
    (r"(?<!类)工业(?=企业|项目|(?:和|、)服务业企业)", ["B", "C", "D"]),
    (r"工业和信息化(?=企业|[^，。]{0,4}企业)", ["B", "C", "D", "I"]),
    (r"商贸(?:流通)?业?(?=企业)", ["F", "H"]),
    (r"批发和零售业|批发零售(?:业)?(?=企业|业|和|、)|批零(?:业|住餐)?(?=企业|业)", ["F"]),
    (r"批发业?(?=企业|业)", ["F51"]),
    (r"零售业?(?=企业|业)", ["F52"]),
    (r"住宿和餐饮业|住宿业?、餐饮业?(?=企业|业)|住宿餐饮(?:业)?(?=企业|业)|餐饮住宿(?:业)?(?=企业|业)", ["H"]),
    (r"餐饮(?:服务)?业?(?=企业|业|单位|经营|服务提供者)", ["H62"]),
    (r"住宿业?(?=企业|业)|旅馆|酒店(?=企业)|宾馆", ["H61"]),
    (
        r"交通运输(?:、仓储和邮政)?业?(?=企业|业)|物流(?:业)?(?=企业|业|园区)|(?:道路|货物|客运|水路)运输(?=企业|经营)",
        ["G"],
    ),
    (r"快递(?=企业)|邮政(?=企业)", ["G60"]),
    (r"金融(?:业)?(?=机构|企业|业|行业)", ["J"]),
    (r"(?:商业)?银行(?=机构|业金融机构)|银行业(?!金融)", ["J66"]),
    (r"(?<!担)保险(?=公司|机构|业)", ["J68"]),
    (r"股权投资(?=企业|机构|基金)|创业投资(?=企业|机构|基金)|私募(?:股权)?(?:投资)?基金", ["J67"]),
    (r"融资(?:性)?担保(?=公司|机构)|小额贷款(?=公司)|融资租赁(?=公司|企业)", ["J69"]),
    (r"人力资源服务(?=机构|企业|产业)|人才服务机构|猎头(?=机构|公司)|劳务派遣(?=单位|公司|企业)|人才中介", ["L72"]),
    (r"广告(?=企业|公司)|会展(?=企业|公司)", ["L72"]),
    (r"农(?:、林、牧、渔)业(?=企业)?|农业(?=项目|企业|生产经营|经营主体)|涉农(?=企业)|农林牧渔", ["A"]),
    (r"种植业?(?=企业|户|基地|主体)", ["A01"]),
    (r"林业(?=企业|经营)", ["A02"]),
    (r"(?:畜禽|生猪|畜牧|规模)(?:规模)?养殖|(?:畜禽)?饲养场|畜牧业", ["A03"]),
    (r"渔业(?=企业|生产|船舶)|水产养殖|捕捞(?=企业|渔船)", ["A04"]),
    (r"体育(?:产业|用品|服务业)?(?=企业|产业|俱乐部|场馆)", ["R89"]),
    (r"文化(?:产业|艺术|创意)?(?=企业)", ["R"]),
    (r"影视(?=企业|机构|制作)|电影(?=院|企业|放映)", ["R87"]),
    (r"出版(?=企业|单位)|新闻出版", ["R86"]),
    (r"印刷(?=企业|业|经营)", ["C23"]),
    (
        r"民办学校|幼儿园|职业院校|培训学校|教育(?=机构|企业)|校外培训机构",
        ["P83"],
    ),
    (r"医疗(?:卫生)?机构|医院(?=$|[，、。；])|诊所", ["Q84"]),
    (r"养老(?:服务)?机构|托育(?:服务)?机构|社会工作服务机构", ["Q85"]),
    (r"汽车(?:整车|生产|制造)(?=企业)|(?:整车|汽车)生产(?=企业)", ["C36"]),
    (r"(?:生物)?医药(?:制造)?(?:业|生产)?(?=企业|生产)|药品生产(?=企业)", ["C27"]),
    (r"纺织(?:业)?(?=企业)", ["C17"]),
    (r"食品(?:生产|加工|制造)(?=企业|经营|单位)", ["C14"]),
    (r"(?:互联网|网络)平台(?=企业)|互联网(?=企业)", ["I64"]),
    (r"电信(?=企业|业务经营)|通信(?=企业)", ["I63"]),
    (r"采矿业|矿山(?=企业)|煤矿(?=企业)?", ["B"]),
    (r"(?:供热|发电|电力)(?=企业)", ["D44"]),
    (r"环保(?=企业)|生态环境治理", ["N77"]),
    (r"居民服务|家政(?:服务)?(?=企业|机构)", ["O80"]),
]
_OPEN = re.compile(
    r"(?P<name>现代服务业|生产性服务业|(?<=[的、，对级])服务业(?=企业)|战略性新兴产业|人工智能|新一代信息技术|集成电路|半导体|数字经济|高端装备|新能源汽车|新能源|新材料|节能环保|生物产业|低空经济|机器人"
    r"|外贸|外经贸|跨境电(?:子)?商(?:务)?|电子商务|电商|时尚创意设计产业|文化创意|文创|旅游业?|文旅|总部经济|服务外包|服务贸易|元宇宙|区块链|大数据|云计算|物联网|工业互联网|智能网联汽车|航空航天"
    r"|海洋(?:经济|产业)|动漫|游戏|直播|会展业|营利性服务业|其他营利性服务业)(?:产业|行业|领域|业|类|相关|设计|制造|研发|生产|应用|服务)*(?:、[^，。；的]{2,8}){0,5}(?:和[^，。；的]{2,6})?(?:的)?(?:企业|领域|行业|相关(?:研发|产业)|机构|主体|项目(?=单位))"
)
_ALL = [(re.compile(pattern), codes, list_anchors(pattern)) for pattern, codes in _TRADES]
_INDEX = AnchorIndex([anchors for _, _, anchors in _ALL])
_TAIL = re.compile(
    r"(?:业|类|行业|产业|领域|经营|生产|服务|开发|建设)*(?:的)?(?:[^，。；、的]{0,6})?(?:企业|机构|公司|单位|主体|项目|行业|经营者|产业|场|户|院|所|社|业|房企|[、和或及])"
)
_EXCEPT = re.compile(r"(?:不(?:包括|含|包含|适用于?|属于|从事)|除|排除|非从事)(?:[^，。；（）]{0,8})?$")
_NOT_APPLICANT = re.compile(r"(?:向|由|与|协调|引导|各|督促|指导|经(?!营)|通过|要求|到|在)(?:[^，。；]{0,8})?$")
_BY_OTHERS = re.compile(r"(?:购买|降低|家|从|受|经|对接|包括市|处罚)$")
_SOLD = re.compile(r"(?:企业|公司)?(?:出售|销售|报名|信用等级|开发的|提供的|建设的|开具|交付)")
_ALL_TRADES = re.compile(r"工业、农业|农业、工业|各行业|一二三产")
_BANKS = re.compile(r"[^，。；]{0,8}(?:机构|企业|业|基金|公司)(?:的)?[，、（]")
_SHUT_OUT = re.compile(
    r"(?:企业|项目|行业)?[^，。；]{0,8}(?:不(?:予|享受|适用|在)|均不|除外)|[^，。；]{0,60}(?:行业|企业)不适用"
)


def find_trade(clause: Clause) -> Iterator[Found]:
    """Trades that `clause` limits applicants to, or keeps out."""
    yield from join_lists(clause.text, [*_coded(clause), *_named(clause)])


def _coded(clause: Clause) -> list[Found]:
    taken: list[tuple[int, int]] = []
    found: list[Found] = []
    if _ALL_TRADES.search(clause.text):
        return found
    for number in _INDEX.list_possible(clause.text):
        pattern, codes, _ = _ALL[number]
        for match in pattern.finditer(clause.text):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            taken.append(match.span())
            if _limits(clause, match, codes):
                found.append(Found("industry", _operator(clause, match), list(codes), match.start(), match.end()))
    return found


def _limits(clause: Clause, match: re.Match[str], codes: list[str]) -> bool:
    """Whether the trade named is that of the applicants, and not of someone they deal with."""
    text = clause.text
    if not _TAIL.match(text, match.end()) and not match[0].endswith(("业", "房企", "机构")):
        return False
    before = text[max(0, match.start() - 10) : match.start()]
    if _BY_OTHERS.search(before) or _SOLD.match(text, match.end()):
        return False
    if clause.strict:
        return True
    return not _NOT_APPLICANT.search(before) and (
        not codes[0].startswith("J") or bool(_BANKS.match(text, match.end() - 2))
    )


def _named(clause: Clause) -> list[Found]:
    return [
        Found("industry_text", _operator(clause, m), [m["name"]], m.start(), m.end())
        for m in _OPEN.finditer(clause.text)
    ]


def _operator(clause: Clause, match: re.Match[str]) -> str:
    shut_out = _EXCEPT.search(clause.text[max(0, match.start() - 12) : match.start()]) or _SHUT_OUT.match(
        clause.text, match.end()
    )
    return "not_in" if shut_out else "in"
