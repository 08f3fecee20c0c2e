"""Conditions on a person: age, education, work, insurance, standing."""

import re
from collections.abc import Iterator
from itertools import islice

from matcher.reading.criteria.clause import Clause, Found
from matcher.reading.criteria.words import Table, find_wordings, wording
from matcher.reading.quantities import Quantity, list_quantities, read_number

_TABLE = Table(
    wording(
        "employment",
        "in",
        ["unemployed"],
        r"(?:登记)?失业(?:人员|人|青年|半年|登记|状态)|就业困难人员|未就业|(?:领取|有)失业保险金",
    ),
    wording("employment", "in", ["flexible"], r"灵活就业(?:人员)?|自由职业者|非全日制(?:从业|用工)?(?:人员)?"),
    wording("employment", "in", ["self_employed"], r"个体工商户|自主创业(?:人员)?|个体经营"),
    wording("employment", "in", ["student"], r"在校(?:大)?(?:学生|生)|在读(?:学生|研究生)|普通高校学生"),
    wording("employment", "in", ["retired"], r"(?:离)?退休(?:人员|职工)"),
    wording("employment", "in", ["soldier"], r"现役(?:军人|武警)?"),
    wording("employment", "in", ["employed"], r"在职(?:职工|人员|员工|在岗)(?!总|人数|数|\d|不|平均)|在岗职工"),
    wording(
        "employment",
        "in",
        ["employed"],
        r"(?<!产能)(?:企业|参保)(?:在职)?职工(?!基本|养老|医疗|总|人数|代表|及其上|\d)"
        r"|(?:到|来|在)[^，。；]{0,10}(?:企业|单位)[^，。；]{0,6}(?:就业|工作)(?=的|[（，。；]|$)",
        strict=True,
    ),
    wording("hardship", "in", ["dibao_edge"], r"低保边缘(?:家庭|户|人口|对象|人员)?|最低生活保障边缘(?:家庭|户)?"),
    wording(
        "hardship",
        "in",
        ["dibao"],
        r"(?<!未享受)(?:城乡)?(?:居民)?最低生活保障(?:对象|家庭|人员|待遇|金)?(?!制度|标准|工作|边缘)|(?<!未享受)低保(?:对象|家庭|户|人员|人口)?(?!边缘|标准)",
    ),
    wording(
        "hardship",
        "in",
        ["tekun"],
        r"(?<!纳入)特困(?:供养)?(?:人员|家庭|对象|群众|职工)?(?:供养人员)?|五保(?:户|对象|供养)",
    ),
    wording("hardship", "in", ["low_income"], r"低收入(?:家庭|人口|群体|农户|人群|居民|住房困难)"),
    wording("hardship", "in", ["disaster"], r"受灾(?:群众|人员|家庭|户|居民)|灾民"),
    wording("hardship", "in", ["orphan"], r"孤儿|事实无人抚养(?:儿童)?"),
    wording("disability_grade", "in", ["1", "2"], r"重度残疾人?"),
    wording("disabled", "eq", True, r"(?:持证)?残疾人(?!联|就业|保障|事业|工作|证(?!的)|教育)|残疾人证|残疾儿童"),
    wording(
        "veteran",
        "eq",
        True,
        r"退役(?=(?:和现役|或现役)?(?:军人|士兵)(?!事务))|复(?:员|转|退)军人|退伍军人|转业军人|自主择业(?:军|干)",
    ),
    wording("family_martyr", "eq", True, r"烈士(?:遗属|家属|子女|父母|配偶)|烈属"),
    wording(
        "gender",
        "eq",
        "female",
        r"(?:适龄)?妇女(?!联合|权益|儿童|发展|工作|干部)|女性|女职工|女方(?=年满|须|应)|女大学生",
    ),
    wording("gender", "eq", "male", r"男方(?=年满|须|应)|男性公民"),
    wording("pregnant", "eq", True, r"孕(?:产)?妇|怀孕|妊娠"),
    wording("marital", "in", ["single", "divorced", "widowed"], r"成年单身(?:人士|居民)?|无配偶|户籍单身(?:人士|居民)"),
    wording("marital", "in", ["single"], r"未婚人士"),
    wording("marital", "in", ["single"], r"(?<!最)未婚(?:人士|人员|青年|且)?(?!子女|证明|声明)", strict=True),
    wording("marital", "in", ["married"], r"已婚(?:居民|家庭|职工|人士|育龄)|新婚|要求离婚的夫妻", strict=True),
    wording("marital", "in", ["divorced"], r"离异(?:单身|人士|家庭)", strict=True),
    wording("marital", "in", ["widowed"], r"丧偶"),
    wording("nationality", "in", ["foreign", "hk", "mo", "tw"], r"境外人员"),
    wording("nationality", "in", ["hk", "mo", "tw"], r"港澳台(?:居民|人才|青年|人员|同胞|学生|地区居民)"),
    wording(
        "nationality",
        "in",
        ["hk", "mo"],
        r"港澳(?:地区)?(?:特别行政区)?(?:居民|人才|青年|人员|同胞|学生)|(?:香港(?:特别行政区)?[、和]?澳门)(?:特别行政区)?(?:永久性)?(?:居民|人士|青年)",
    ),
    wording("nationality", "in", ["tw"], r"台湾(?:地区)?(?:居民|同胞|青年|人才)|台胞"),
    wording(
        "nationality",
        "in",
        ["foreign"],
        r"[A-Z]字签证|外国人(?!民|才|永久居留身份)|外籍(?:人员|人才|人士|高层次|专家|个人|教师)|外国(?:籍|公民|高端人才|专家|人才)",
    ),
    wording("nationality", "in", ["cn"], r"(?:中国|中华人民共和国)(?:国籍|公民)|内地居民|大陆居民"),
)
_EDUCATION: list[tuple[str, str]] = [
    ("doctor", r"博士(?:研究生|学位|毕业)?(?!后)"),
    ("master", r"硕士(?:研究生|学位)?|(?<!博士)(?<!硕士)研究生(?:学历|及以上|以上|毕业)"),
    ("bachelor", r"本科|学士(?:学位)?(?!后)"),
    (
        "junior_college",
        r"大专(?!院校)|专科(?!医|护|联盟)|高校毕业生|高等学校毕业生|大学毕业生|大学生(?!创业园|征兵|体质|运动)|高职(?!院校|学校|教育|称)",
    ),
    ("senior_high", r"大中专|高中(?!阶段|教育|学校|入学)|中专|中职(?!学校|教育)|职高"),
    ("junior_high", r"初中(?!阶段|教育|学校|入学|毕业生升)(?=学历|毕业|及以上|以上|文化)"),
]
_SCHOOLING = re.compile("|".join(f"(?P<{level}>{pattern})" for level, pattern in reversed(_EDUCATION)))
_ORDER = [level for level, _ in reversed(_EDUCATION)]
_STAFF_OF = re.compile(
    r"(?:人员|教师|职工|员工|师资|工程师)[^，。；]{0,14}(?:不低于|不少于|占|比例|达到?\d|\d+(?:人|名|%))|本科高校|本科专业|本科院校|博士后|学位授权|授权点"
)
_SKILLS = re.compile(
    r"(?P<senior_technician>高级技师)|(?P<technician>(?<!级)(?<!首席)(?<!特级)(?<!预备)技师(?!学院|工作站|班))|(?P<senior>高级工(?!程|班))|(?P<intermediate>中级工(?!程))|(?P<junior>初级工(?!程))"
)
_SKILL_ORDER = ["junior", "intermediate", "senior", "technician", "senior_technician"]
_GRADE = re.compile(r"初级|五级|中级|四级|高级|三级")
_GRADE_ORDER = {"初级": 0, "五级": 0, "中级": 1, "四级": 1, "高级": 2, "三级": 2}
_GRADED = re.compile(
    r"(?P<grades>(?:初级|中级|高级|[五四三]级)(?:[（）、，和或及/]|初级|中级|高级|[五四三]级|以上){0,16})(?:国家)?(?:职业资格|职业技能等级|技能等级|技能人员)"
)
"""初级（五级）、中级（四级）职业资格证书"""
_INSURANCE = re.compile(r"(?:城镇|基本)?(?:社会保险|社保|五险|(?:职工)?(?:基本)?(?:养老|医疗|失业)保险)")
_PAID = re.compile(r"缴|参加|参保|证明|社保|社会保险|五险")
_OTHERS_INSURED = re.compile(
    r"(?:吸纳|招用|招聘|聘用(?!）?合同|或|人员)|带动)[^。；]{0,40}$|(?:企业|单位)(?:足额|依法|按时|连续|正常)*(?:缴纳|参加)[^，。；]{0,10}$"
)
_OF_FIRMS = re.compile(r"^(?!.*(?:人员|个人|职工家庭|本人|申请人))[^。；]*(?:参保|用人)?(?:企业|单位|经营主体)$")
"""缴纳失业保险费12个月以上…的参保企业: who pays for all its people."""
_SETS_UP = re.compile(r"(?:创办|开办|登记|注册)[^，。；]{0,10}$")
_CHILD = re.compile(r"(?:子女|孩子|儿童|未成年|幼儿|婴儿|孩)[^，。；或、（）]{0,8}$")
_MINOR = re.compile(
    r"(?:有|养育|抚养|与|生育|携带)[^，。；]{0,8}未成年(?:的)?(?:子女|孩|二孩|三孩)|(?:子女|孩子|孩)[^，。；]{0,6}未成年"
)
_CHILDREN = re.compile(
    r"(?P<three>三孩(?:及以上|以上|家庭|及三孩以上)|(?:生育|养育|抚养)(?:未成年)?三孩|三个(?:及以上|以上|或以上)?(?:未成年)?(?:子女|孩子))"
    r"|(?P<two>多子女|多孩|(?:二|两)个?(?:孩|胎)|二孩|两孩|(?:二|两)个(?:及以上|以上|或以上|或两个以上)?(?:的)?(?:未成年)?(?:子女|孩子)|(?:二|两)名(?:及以上|以上)?(?:未成年)?(?:子女|孩子))"
    r"|(?P<one>(?:有|与|携带|抚养)(?:1名|一名|一个)?(?:及以上)?未成年(?:的)?(?:子女|孩子)(?:共同)?)"
)
_UNTIL_AGE = re.compile(
    r"(?:至|到)(?:该|其)?(?:子女|孩子|婴幼儿|儿童|幼儿)?(?:年?满)?(?P<age>\d{1,2}|[一二三四五六])周?岁(?:为?止|$|(?=[，。；]))"
)
"""How long it is paid for a child is how old the child may be."""
_GRADUATED = re.compile(r"毕业(?:时间|年限|后)?[^，。；]{0,6}$|(?:学历|学位)[^，。；]{0,8}$|离校[^，。；]{0,4}$")


_GRADES = re.compile(
    r"(?P<grades>[一二三四1-4]级?(?:[、或和至~-][一二三四1-4]级?)*)(?<=级)(?:的)?(?:重度)?[^，。；、]{0,4}残疾"
    r"|残疾(?:等级|程度)[^，。；]{0,6}?(?P<after>[一二三四]级?(?:[、或和至][一二三四]级?)*)(?<=级)"
)


def _find_grades(clause: Clause) -> Iterator[Found]:
    for match in _GRADES.finditer(clause.text):
        words = match["grades"] or match["after"]
        grades = [str("一二三四".find(c) + 1 or c) for c in words if c in "一二三四1234"]
        if len(grades) == 2 and ("至" in words or "-" in words):
            grades = [str(n) for n in range(int(grades[0]), int(grades[1]) + 1)]
        yield Found("disability_grade", "in", grades, match.start(), match.end())


def find_person(clause: Clause) -> Iterator[Found]:
    """Conditions on the person who applies."""
    yield from _find_grades(clause)
    for found in find_wordings(clause, _TABLE):
        if found.field != "employment" or not _SETS_UP.search(clause.text[max(0, found.start - 14) : found.start]):
            yield found
    yield from _find_education(clause)
    yield from _find_skill(clause)
    yield from _find_children(clause)
    for quantity in list_quantities(clause.text):
        if (counted := _counted(clause.text, quantity)) is not None:
            yield counted
    yield from islice(_insured(clause.text), 1)


def _find_education(clause: Clause) -> Iterator[Found]:
    """Each schooling asked for; of a list in one breath (博士、硕士) the lowest."""
    if _STAFF_OF.search(clause.text):
        return
    held: tuple[str, int, int] | None = None
    for match in _SCHOOLING.finditer(clause.text):
        level = str(match.lastgroup)
        if clause.text[match.end() : match.end() + 1].isdigit():
            continue  # 博士20万元: what each gets
        if held and re.fullmatch(
            r"[、，或和与及以上（）学历位的毕业生研究全日制统招普通高校等教育后并获得取]{0,14}",
            clause.text[held[2] : match.start()],
        ):
            lower = min(held[0], level, key=_ORDER.index)
            held = (lower, held[1], match.end())
            continue
        if held:
            yield Found("education", "ge", held[0], held[1], held[2])
        held = (level, match.start(), match.end())
    if held:
        yield Found("education", "ge", held[0], held[1], held[2])


def _find_skill(clause: Clause) -> Iterator[Found]:
    if _STAFF_OF.search(clause.text):
        return
    if found := list(_SKILLS.finditer(clause.text)):
        lowest = min(found, key=lambda m: _SKILL_ORDER.index(str(m.lastgroup)))
        yield Found("skill_level", "ge", str(lowest.lastgroup), lowest.start(), lowest.end())
    elif row := _GRADED.search(clause.text):
        level = min(_GRADE_ORDER[grade] for grade in _GRADE.findall(row["grades"]))
        yield Found("skill_level", "ge", _SKILL_ORDER[level], row.start(), row.end())


def _find_children(clause: Clause) -> Iterator[Found]:
    matches = list(_CHILDREN.finditer(clause.text))
    if until := _UNTIL_AGE.search(clause.text):
        yield Found("child_age", "le", int(read_number(until["age"]) or 0), until.start(), until.end())
    if not matches:
        if minor := _MINOR.search(clause.text):
            yield Found("child_age", "le", 17, minor.start(), minor.end())
        return
    least = {"one": 1, "two": 2, "three": 3}
    lowest = min(matches, key=lambda m: least[str(m.lastgroup)])
    yield Found("children", "ge", least[str(lowest.lastgroup)], lowest.start(), lowest.end())
    if minor := re.search(r"未成年(?!人)", clause.text):
        yield Found("child_age", "le", 17, minor.start(), minor.end())


def _counted(text: str, quantity: Quantity) -> Found | None:
    before = text[max(0, quantity.start - 24) : quantity.start]
    after = text[quantity.end : quantity.end + 12]
    if quantity.unit == "age" and quantity.bound:
        if re.search(r"到期|期限|退休年龄|延长|[至到]其?$", before):
            return None
        child = _CHILD.search(before) or re.match(r"(?:的)?(?:婴幼儿|幼儿|儿童|子女|孩子|未成年)", after)
        strictly = quantity.bound == "le" and re.match(r"未满|不满|小于|低于", text[quantity.start : quantity.end])
        if strictly and int(quantity.value) == 18:
            child = child or re.search(r"子女|孩", before)
        if child and quantity.bound == "ge":
            return None
        value = int(quantity.value) - (1 if strictly and child else 0)
        return Found("child_age" if child else "age", quantity.bound, value, quantity.start, quantity.end)
    if quantity.unit == "years" and quantity.bound == "le" and _GRADUATED.search(before):
        return Found("graduated_within_years", "le", int(quantity.value), quantity.start, quantity.end)
    return None


_PREMIUM = re.compile(r"的?(?:城镇)?(?:职工)?(?:社保|社会保险|养老保险)")


def _insured(text: str) -> Iterator[Found]:
    """社会保险 with how long it was paid, before or behind it."""
    for match in _INSURANCE.finditer(text):
        start, end = max(0, match.start() - 22), min(len(text), match.end() + 44)
        window = text[start:end]
        if not _PAID.search(window) or _OTHERS_INSURED.search(text[: match.end()]) or _OF_FIRMS.search(text):
            continue
        near = [
            q
            for q in list_quantities(window)
            if q.unit in ("years", "months") and (q.bound or _PREMIUM.match(window, q.end))
        ]
        near = [
            q
            for q in near
            if not re.match(r"(?:内|之内)", window[q.end - 1 : q.end])
            and not re.search(
                r"近(?!.*连续)|劳动合同[^，]{0,8}$|签订|户籍$|落户$|居住$", window[max(0, q.start - 8) : q.start]
            )
        ]
        if not near:
            continue
        chosen = min(near, key=lambda q: min(abs(start + q.start - match.end()), abs(match.start() - start - q.end)))
        months = chosen.value * (12 if chosen.unit == "years" else 1)
        bound = "le" if re.search(r"未缴(?:纳)?满|不足|未满", window[max(0, chosen.start - 4) : chosen.end]) else "ge"
        value = int(months) - (1 if bound == "le" else 0)
        yield Found(
            "social_insurance_months",
            bound,
            value,
            min(match.start(), start + chosen.start),
            max(match.end(), start + chosen.end),
        )
