"""The one registry of fields that conditions ask for and profiles hold.

Profile, rules, audience index, reader, editor and import all take name, side, kind, unit and Chinese label from here.
"""

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """Whom a policy speaks to, and what kind of subscriber one is."""

    ENTERPRISE = "enterprise"
    INDIVIDUAL = "individual"


class Kind(StrEnum):
    """What values a field takes, which decides how it is compared."""

    NUMBER = "number"
    LEVEL = "level"  # ordered words
    CODES = "codes"  # one or several words; `choices` lists them where the list is closed
    REGION = "region"  # GB/T 2260, covering downwards
    INDUSTRY = "industry"  # GB/T 4754, covering downwards
    FLAG = "flag"
    OPEN = "open"  # no profile can settle it: always unknown


OPERATORS: dict[Kind, frozenset[str]] = {
    Kind.NUMBER: frozenset({"ge", "le", "eq", "in", "not_in"}),
    Kind.LEVEL: frozenset({"ge", "le", "eq", "in", "not_in"}),
    Kind.CODES: frozenset({"in", "not_in", "eq"}),
    Kind.REGION: frozenset({"in", "not_in", "eq"}),
    Kind.INDUSTRY: frozenset({"in", "not_in", "eq"}),
    Kind.FLAG: frozenset({"eq", "in", "not_in"}),
    Kind.OPEN: frozenset({"in", "not_in", "eq", "ge", "le"}),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `choices` maps each allowed word to its Chinese label (in order, for LEVEL lowest first)."""

    name: str
    sides: frozenset[Side]
    kind: Kind
    label: str
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    least: float | None = None
    most: float | None = None

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word for word, _ in self.choices)

    def word_label(self, word: str) -> str:
        return dict(self.choices).get(word, word)


_E = frozenset({Side.ENTERPRISE})
_I = frozenset({Side.INDIVIDUAL})
_BOTH = _E | _I

_EDUCATION = (
    ("junior_high", "初中"),
    ("senior_high", "高中（中专、中职）"),
    ("junior_college", "大专"),
    ("bachelor", "本科"),
    ("master", "硕士"),
    ("doctor", "博士"),
)
_SKILL = (
    ("junior", "初级工"),
    ("intermediate", "中级工"),
    ("senior", "高级工"),
    ("technician", "技师"),
    ("senior_technician", "高级技师"),
)
_SIZE = (("micro", "微型"), ("small", "小型"), ("medium", "中型"), ("large", "大型"))
_OWNERSHIP = (
    ("state", "国有及国有控股"),
    ("private", "民营"),
    ("foreign", "外商投资"),
    ("collective", "集体"),
    ("hmt", "港澳台商投资"),
)
_LEGAL_FORM = (
    ("company", "公司"),
    ("sole_trader", "个体工商户"),
    ("cooperative", "农民专业合作社"),
    ("institution", "事业单位"),
    ("social_org", "社会组织"),
    ("partnership", "合伙企业"),
)
_EMPLOYMENT = (
    ("employed", "在职"),
    ("unemployed", "失业"),
    ("flexible", "灵活就业"),
    ("self_employed", "自主创业（个体经营）"),
    ("student", "在校学生"),
    ("retired", "退休"),
    ("soldier", "现役军人"),
)
_HARDSHIP = (
    ("dibao", "最低生活保障对象"),
    ("dibao_edge", "低保边缘家庭"),
    ("tekun", "特困人员"),
    ("low_income", "低收入家庭"),
    ("disaster", "受灾人员"),
    ("orphan", "孤儿及事实无人抚养儿童"),
)
_DISABILITY = (("1", "一级"), ("2", "二级"), ("3", "三级"), ("4", "四级"))
_MARITAL = (("single", "未婚"), ("married", "已婚"), ("divorced", "离异"), ("widowed", "丧偶"))
_NATIONALITY = (("cn", "中国内地"), ("hk", "香港"), ("mo", "澳门"), ("tw", "台湾"), ("foreign", "外国"))
_GENDER = (("male", "男"), ("female", "女"))

_REGISTRY: tuple[Field, ...] = (
    Field("region", _E, Kind.REGION, "注册地"),
    Field("tax_region", _E, Kind.REGION, "纳税地"),
    Field("industry", _E, Kind.INDUSTRY, "所属行业"),
    Field("industry_text", _E, Kind.OPEN, "产业领域"),
    Field("size", _E, Kind.CODES, "企业规模", choices=_SIZE),
    Field("years_since_founding", _E, Kind.NUMBER, "成立年限", "年", least=0, most=1000),
    Field("registered_capital_wan", _E, Kind.NUMBER, "注册资本", "万元", least=0),
    Field("revenue_wan", _E, Kind.NUMBER, "上年营业收入", "万元"),
    Field("revenue_growth_pct", _E, Kind.NUMBER, "营业收入增长率", "%"),
    Field("rd_ratio_pct", _E, Kind.NUMBER, "研发费用占营业收入比例", "%", least=0),
    Field("rd_spend_wan", _E, Kind.NUMBER, "研发费用", "万元", least=0),
    Field("employees", _E, Kind.NUMBER, "从业人数", "人", least=0),
    Field("rd_staff_ratio_pct", _E, Kind.NUMBER, "研发人员占比", "%", least=0, most=100),
    Field("tax_wan", _E, Kind.NUMBER, "年纳税额", "万元"),
    Field("investment_wan", _E, Kind.NUMBER, "投资额", "万元", least=0),
    Field("asset_wan", _E, Kind.NUMBER, "资产总额", "万元", least=0),
    Field("floor_area_sqm", _E, Kind.NUMBER, "场地面积", "平方米", least=0),
    Field("qualification", _E, Kind.CODES, "资质荣誉"),
    Field("ownership", _E, Kind.CODES, "所有制性质", choices=_OWNERSHIP),
    Field("legal_form", _E, Kind.CODES, "组织形式", choices=_LEGAL_FORM),
    Field("legal_person", _E, Kind.FLAG, "具有独立法人资格"),
    Field("credit_clean", _BOTH, Kind.FLAG, "无严重违法失信记录"),
    Field("listed", _E, Kind.FLAG, "已上市"),
    Field("residence_region", _I, Kind.REGION, "居住地"),
    Field("hukou_region", _I, Kind.REGION, "户籍地"),
    Field("age", _I, Kind.NUMBER, "年龄", "周岁", least=0, most=150),
    Field("gender", _I, Kind.CODES, "性别", choices=_GENDER),
    Field("education", _I, Kind.LEVEL, "学历", choices=_EDUCATION),
    Field("employment", _I, Kind.CODES, "就业状态", choices=_EMPLOYMENT),
    Field("graduated_within_years", _I, Kind.NUMBER, "毕业年限", "年", least=0, most=150),
    Field("social_insurance_months", _I, Kind.NUMBER, "社保缴纳月数", "个月", least=0, most=1200),
    Field("hardship", _I, Kind.CODES, "困难身份", choices=_HARDSHIP),
    Field("disabled", _I, Kind.FLAG, "持有残疾人证"),
    Field("disability_grade", _I, Kind.CODES, "残疾等级", choices=_DISABILITY),
    Field("veteran", _I, Kind.FLAG, "退役军人"),
    Field("owns_home", _I, Kind.FLAG, "本人或家庭名下有住房"),
    Field("children", _I, Kind.NUMBER, "子女数", "个", least=0, most=50),
    Field("child_age", _I, Kind.NUMBER, "子女年龄", "周岁", least=0, most=150),
    Field("pregnant", _I, Kind.FLAG, "怀孕"),
    Field("marital", _I, Kind.CODES, "婚姻状况", choices=_MARITAL),
    Field("nationality", _I, Kind.CODES, "国籍或地区", choices=_NATIONALITY),
    Field("skill_level", _I, Kind.LEVEL, "职业技能等级", choices=_SKILL),
    Field("family_martyr", _I, Kind.FLAG, "烈士遗属"),
    Field("other", _BOTH, Kind.OPEN, "其他条件"),
)

FIELDS: dict[str, Field] = {field.name: field for field in _REGISTRY}
"""Every field by name, in the order in which forms show them."""


def list_fields(side: Side) -> list[Field]:
    """The fields that a profile of `side` may hold (OPEN ones are conditions only)."""
    return [field for field in _REGISTRY if side in field.sides and field.kind is not Kind.OPEN]


def place_field(side: Side) -> Field:
    """The field that says where a subscriber of `side` is: what a policy's own region must cover."""
    return FIELDS["region" if side is Side.ENTERPRISE else "residence_region"]
