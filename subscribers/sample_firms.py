"""Sample firms: what they do decides on their size, what they spend on research and what they have been awarded."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from stdnum.cn import uscc

from subscribers.sample_places import PLACES, Dice, forget

_KEEP: Final = frozenset({"kind", "name", "credit_code", "region", "legal_form"})
_LETTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PREFIXES: Final = {"company": "91", "partnership": "91", "sole_trader": "92", "cooperative": "93", "social_org": "52"}
_FIRST: Final = "晨云启星澄禾瑞拓远衡朗川安明嘉泽"
_SECOND: Final = "帆越航岚峰图源森辰泰和创科维景达"
_ENDINGS: Final = {
    "company": "有限公司",
    "partnership": "中心（有限合伙）",
    "sole_trader": "经营部",
    "cooperative": "专业合作社",
    "social_org": "服务中心",
}
_EVERYONE: Final = {"E0301": 5, "E0401": 4, "E0407": 5, "E0201": 4, "E0403": 5, "E0202": 2, "E0412": 1, "E0203": 2}


@dataclass(frozen=True, slots=True)
class Trade:
    """A line of business. Money in 万元; `research` is the span of R&D in % of revenue, none where it is (0, 0)."""

    weight: float
    word: str
    industries: tuple[str, ...]
    employees: float
    revenue_each: float
    research: tuple[float, float]
    topics: dict[str, float]
    forms: dict[str, float]
    sqm_each: float = 12


_COMPANY: Final = {"company": 95.0, "partnership": 5.0}
_SHOP: Final = {"company": 45.0, "sole_trader": 55.0}
_HITECH: Final = {"E0404": 9, "E0405": 6, "E0204": 5, "E0402": 2}

TRADES: Final = (
    Trade(20, "软件", ("I65", "I64"), 40, 55, (4, 35), {**_HITECH, "E0406": 6}, _COMPANY),
    Trade(7, "电子", ("C39", "C40"), 90, 85, (3, 18), {**_HITECH, "E0406": 7, "E0409": 4, "E0413": 2}, _COMPANY, 35),
    Trade(5, "装备", ("C34", "C35", "C38"), 110, 80, (2, 10), {**_HITECH, "E0406": 8, "E0413": 3}, _COMPANY, 50),
    Trade(5, "生物医药", ("C27", "M73"), 60, 70, (6, 40), {**_HITECH, "E0103": 7, "E0102": 3}, _COMPANY, 40),
    Trade(5, "新材料", ("C26", "C29", "C30"), 80, 90, (2, 9), {**_HITECH, "E0414": 6, "E0413": 4}, _COMPANY, 60),
    Trade(6, "科技服务", ("M74", "M75"), 25, 40, (3, 20), {**_HITECH, "E0403": 6}, _COMPANY),
    Trade(8, "商贸", ("F51",), 15, 260, (0, 0), {"E0408": 8, "E0409": 6, "E0411": 3}, _COMPANY, 25),
    Trade(10, "百货", ("F52",), 6, 60, (0, 0), {"E0408": 9, "E0413": 2, "E0103": 2}, _SHOP, 20),
    Trade(9, "餐饮", ("H62",), 9, 22, (0, 0), {"E0103": 7, "E0408": 6, "E0413": 4}, _SHOP, 18),
    Trade(2, "酒店", ("H61",), 45, 25, (0, 0), {"E0416": 6, "E0413": 5, "E0408": 3}, _COMPANY, 60),
    Trade(5, "建筑", ("E47", "E48", "E50"), 70, 75, (0, 2), {"E0503": 8, "E0411": 6, "E0413": 6, "E0202": 4}, _COMPANY),
    Trade(4, "物流", ("G54", "G59"), 50, 50, (0, 2), {"E0408": 7, "E0409": 4, "E0414": 3}, _COMPANY, 60),
    Trade(6, "咨询", ("L72",), 14, 38, (0, 3), {"E0411": 4, "E0410": 3, "E0204": 3}, _COMPANY),
    Trade(3, "文化创意", ("R88", "R86", "R87"), 18, 35, (0, 5), {"E0416": 9, "E0405": 5}, _COMPANY),
    Trade(2, "环保", ("N77",), 45, 60, (2, 9), {"E0414": 9, "E0404": 4, "E0411": 3}, _COMPANY, 30),
    Trade(
        3, "农业", ("A01", "A03"), 12, 30, (0, 2), {"E0415": 9, "E0502": 3}, {"cooperative": 60.0, "company": 40.0}, 300
    ),
    Trade(2, "食品", ("C13", "C14"), 45, 65, (0, 3), {"E0103": 8, "E0415": 5, "E0413": 4}, _COMPANY, 45),
    Trade(2, "教育", ("P83",), 22, 25, (0, 2), {"E0102": 6, "E0202": 4}, {"company": 60.0, "social_org": 40.0}, 25),
    Trade(2, "养老", ("Q85",), 35, 14, (0, 0), {"E0102": 6, "E0502": 2}, {"company": 50.0, "social_org": 50.0}, 60),
)


def make_firm(dice: Dice, day: date) -> dict[str, Any]:
    """One firm as a row of an import file, without its contacts."""
    trade = dice.pick_among(TRADES, [trade.weight for trade in TRADES])
    form, region = dice.pick(trade.forms), dice.place()
    size = 0.3 if form == "sole_trader" else 1.0
    employees = max(1, round(dice.amount(trade.employees * size, 1.1)))
    revenue = round(employees * dice.amount(trade.revenue_each, 0.5), 1)
    ratio = round(dice.between(*trade.research), 1) if trade.research[1] and form != "sole_trader" else 0.0
    founded = day - timedelta(days=round(min(60.0, dice.amount(5 + employees / 100, 0.7)) * 365))
    ownership = dice.pick({"private": 84, "state": 3 + employees / 40, "foreign": 3, "hmt": 2, "collective": 1})
    row = {
        "kind": "enterprise",
        "name": _name(dice, trade, form, region),
        "credit_code": _credit_code(dice, form, region),
        "region": region,
        "tax_region": region if dice.chance(0.95) else dice.place(),
        "industry": dice.one_of(trade.industries),
        "founding_date": founded.isoformat(),
        "registered_capital_wan": _round(dice.amount(max(10.0, revenue * 0.3), 0.8)),
        "revenue_wan": revenue,
        "revenue_growth_pct": round(dice.random.gauss(8, 20), 1),
        "employees": employees,
        "asset_wan": round(revenue * dice.amount(0.8, 0.5), 1),
        "tax_wan": round(revenue * dice.between(0.01, 0.07), 1),
        "floor_area_sqm": round(employees * trade.sqm_each * dice.between(0.6, 1.6)),
        "ownership": "private" if form in ("sole_trader", "cooperative") else ownership,
        "legal_form": form,
        "legal_person": form not in ("sole_trader", "partnership"),
        "credit_clean": dice.chance(0.97),
        "listed": employees > 300 and dice.chance(0.25),
        **_research(dice, revenue, ratio),
        "qualification": _qualifications(dice, trade, employees, revenue, ratio, region, (day - founded).days / 365),
    }
    row = forget(dice, row, dice.one_of((0.05, 0.2, 0.4)), _KEEP)
    return row | {"topics": dice.topics(_EVERYONE | trade.topics)}


def _research(dice: Dice, revenue: float, ratio: float) -> dict[str, Any]:
    if not ratio:
        return {"rd_ratio_pct": 0, "rd_spend_wan": 0}
    staff = min(90.0, ratio * dice.between(1.5, 4))
    return {
        "rd_ratio_pct": ratio,
        "rd_spend_wan": round(revenue * ratio / 100, 1),
        "rd_staff_ratio_pct": round(staff, 1),
    }


def _qualifications(
    dice: Dice, trade: Trade, employees: int, revenue: float, ratio: float, region: str, years: float
) -> list[str]:
    """Awards build on one another and ask for research and some years of standing (国科发火〔2016〕32号 …)."""
    held = []
    if ratio >= 3 and years >= 1 and dice.chance(0.6):
        held.append("high-tech-enterprise")
    if ratio >= 3 and employees <= 500 and revenue <= 20_000 and dice.chance(0.55):
        held.append("tech-sme")
    if ratio >= 3 and years >= 2 and revenue >= 500 and dice.chance(0.4):
        held.append("innovative-sme")
        if revenue >= 1_000 and dice.chance(0.5):
            held.append("srdi-sme")
            if revenue >= 5_000 and years >= 3 and dice.chance(0.3):
                held.append("little-giant")
    if region == "110108" and ratio >= 5 and dice.chance(0.5):
        held.append("zgc-hitech")
    if revenue <= 3_000 and employees <= 300 and dice.chance(0.4):
        held.append("small-low-profit")
    if trade.word == "农业" and revenue > 2_000 and dice.chance(0.3):
        held.append("agri-leading")
    return held


def _name(dice: Dice, trade: Trade, form: str, region: str) -> str:
    """Plainly made up: 演示 stands where a real name would begin."""
    return f"{PLACES[region][0]}演示{dice.one_of(_FIRST)}{dice.one_of(_SECOND)}{trade.word}{_ENDINGS[form]}"


def _credit_code(dice: Dice, form: str, region: str) -> str:
    body = _PREFIXES[form] + region + "".join(dice.one_of(_LETTERS) for _ in range(9))
    return body + str(uscc.calc_check_digit(body))


def _round(amount: float) -> float:
    """Capital comes in round sums."""
    return round(amount, -1) if amount < 1_000 else round(amount, -2)
