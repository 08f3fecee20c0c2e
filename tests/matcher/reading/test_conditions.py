"""How Chinese policies word conditions, and what is read."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from core.vocabulary.fields import FIELDS, OPERATORS, Side
from core.vocabulary.load import Vocabulary
from matcher.classification import Classification
from matcher.document import Document
from matcher.reading.reader import Reader


class Both:
    """A classifier that lets every field count."""

    def classify(self, document: Document) -> Classification:
        return Classification(True, list(Side), [], [])


@pytest.fixture(scope="module")
def reader(vocabulary: Vocabulary) -> Reader:
    return Reader(vocabulary, Both())


def atoms(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for branch in ("all", "any"):
        if branch in node:
            for child in node[branch]:
                yield from atoms(child)
            return
    yield node


def said(
    reader: Reader, text: str, title: str = "申报通知", region: str = "浙江省杭州市"
) -> list[tuple[str, str, Any]]:
    reading = reader.read(Document("1", title, text, region=region))
    return [(a["field"], a["op"], a["value"]) for a in atoms(reading.conditions) if a["field"] != "other"]


LISTED = "一、申报条件\n1."


def fields_beside_age(reader: Reader, words: str) -> list[str]:
    """All fields, open ones too, of a list that asks for a year's age of the firm and says `words`."""
    reading = reader.read(Document("1", "申报通知", f"{LISTED}注册满一年；\n2.{words}。", region="浙江省杭州市"))
    return [atom["field"] for atom in atoms(reading.conditions)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("在本市依法登记注册、具有独立法人资格的企业；", [("region", "in", ["330100"]), ("legal_person", "eq", True)]),
        ("工商注册地、税务征管关系在杭州市西湖区；", [("region", "in", ["330106"]), ("tax_region", "in", ["330106"])]),
        ("企业申请认定时须注册成立一年以上；", [("years_since_founding", "ge", 1)]),
        ("上年度营业收入不低于5000万元；", [("revenue_wan", "ge", 5000)]),
        ("上年度主营业务收入2亿元以下；", [("revenue_wan", "le", 20000)]),
        ("营业收入增长率不低于10%；", [("revenue_growth_pct", "ge", 10)]),
        ("研发费用占营业收入比例不低于3%；", [("rd_ratio_pct", "ge", 3)]),
        ("上年度研发投入在1000万元以上；", [("rd_spend_wan", "ge", 1000)]),
        ("科技活动人员占企业职工总数的15%以上；", [("rd_staff_ratio_pct", "ge", 15)]),
        ("在职职工人数不少于20人；", [("employees", "ge", 20)]),
        ("注册资本不低于500万元；", [("registered_capital_wan", "ge", 500)]),
        ("上年度纳税额100万元以上；", [("tax_wan", "ge", 100)]),
        ("固定资产投资额达到3000万元；", [("investment_wan", "ge", 3000)]),
        ("场地面积不低于2000平方米；", [("floor_area_sqm", "ge", 2000)]),
        ("注册成立满一年；", [("years_since_founding", "ge", 1)]),
        ("成立时间不超过5年；", [("years_since_founding", "le", 5)]),
        ("注册成立6个月以上；", [("years_since_founding", "ge", 0.5)]),
        ("国家高新技术企业；", [("qualification", "in", ["high-tech-enterprise"])]),
        ("属于制造业企业；", [("industry", "in", ["C"])]),
        ("从事软件和信息技术服务业的企业；", [("industry", "in", ["I65"])]),
        ("小微企业；", [("size", "in", ["micro", "small"])]),
        ("外商投资企业；", [("ownership", "in", ["foreign"])]),
        ("未被列入严重失信主体名单；", [("credit_clean", "eq", True)]),
        ("信用记录良好；", [("credit_clean", "eq", True)]),
        ("已上市公司；", [("listed", "eq", True)]),
        ("企业、事业单位、社会组织；", [("legal_form", "in", ["company", "institution", "social_org"])]),
        ("具有本市户籍；", [("hukou_region", "in", ["330100"])]),
        ("非本市户籍人员；", [("hukou_region", "not_in", ["330100"])]),
        ("年满18周岁、不超过45周岁；", [("age", "ge", 18), ("age", "le", 45)]),
        ("16-60周岁；", [("age", "ge", 16), ("age", "le", 60)]),
        ("具有大专及以上学历；", [("education", "ge", "junior_college")]),
        ("全日制本科毕业5年内；", [("education", "ge", "bachelor"), ("graduated_within_years", "le", 5)]),
        ("在本市连续缴纳社会保险满6个月；", [("social_insurance_months", "ge", 6)]),
        ("在本市缴纳社保2年以上；", [("social_insurance_months", "ge", 24)]),
        ("本人及配偶名下无自有住房；", [("owns_home", "eq", False)]),
        ("低保对象、特困人员；", [("hardship", "in", ["dibao", "tekun"])]),
        ("持证残疾人；", [("disabled", "eq", True)]),
        ("退役军人；", [("veteran", "eq", True)]),
        ("登记失业人员；", [("employment", "in", ["unemployed"])]),
        ("生育二孩及以上的家庭；", [("children", "ge", 2)]),
        ("取得高级工及以上职业技能等级；", [("skill_level", "ge", "senior")]),
        ("外籍人才；", [("nationality", "in", ["foreign"])]),
    ],
)
def test_one_clause(reader: Reader, words: str, expected: list[tuple[str, str, Any]]) -> None:
    assert said(reader, LISTED + words) == expected


@pytest.mark.parametrize(
    "words",
    [
        "单笔贷款不超过500万元；",
        "引进博士后研究人员的，按规定办理；",
        "到期后3年内不得转让；",
        "项目近三年出口额1000万美元以上；",
        "亩均税收达到30万元；",
        "职工年龄到期时不超过68周岁；",
        "户籍不限；",
        "按首套住房贷款利率执行；",
    ],
)
def test_what_is_no_condition_a_field_holds(reader: Reader, words: str) -> None:
    assert said(reader, LISTED + words) == []


def test_everything_among_conditions_is_kept(reader: Reader) -> None:
    text = "一、申报条件\n1.拥有自主知识产权；\n2.上年度营业收入不低于2000万元，且项目具有良好的市场前景。"
    conditions = reader.read(Document("1", "通知", text)).conditions
    assert [(a["field"], a["quote"]) for a in atoms(conditions)] == [
        ("other", "拥有自主知识产权"),
        ("revenue_wan", "上年度营业收入不低于2000万元"),
        ("other", "项目具有良好的市场前景"),
    ]


def test_one_of_several_is_any(reader: Reader) -> None:
    text = "一、申报条件\n符合下列条件之一：\n1.国家高新技术企业；\n2.上年度营业收入2000万元以上。"
    node = reader.read(Document("1", "通知", text)).conditions
    assert [sorted(child) for child in node["all"]] == [["any"]]
    assert [a["field"] for a in node["all"][0]["any"]] == ["qualification", "revenue_wan"]


def test_or_to_something_else_never_becomes_a_must(reader: Reader) -> None:
    text = "一、申报条件\n1.在本市缴纳6个月以上社会保险或个人所得税。"
    node = reader.read(Document("1", "通知", text)).conditions
    assert [a["field"] for a in node["all"][0]["any"]] == ["social_insurance_months", "other"]


def test_separate_measures_are_alternatives(reader: Reader) -> None:
    text = (
        "一、对首次认定的国家高新技术企业，给予20万元奖励。\n二、对年营业收入5000万元以上的批发企业，给予10万元奖励。"
    )
    node = reader.read(Document("1", "若干措施", text)).conditions
    assert [[(a["field"], a["value"]) for a in measure["all"]] for measure in node["all"][0]["any"]] == [
        [("qualification", ["high-tech-enterprise"]), ("other", "对首次认定的国家高新技术企业")],
        [("revenue_wan", 5000), ("industry", ["F51"])],
    ]


def test_tiers_of_one_measure_are_its_lowest(reader: Reader) -> None:
    text = "年营业收入1亿元、5亿元、10亿元以上的企业，分别给予10万元、20万元、30万元奖励。"
    assert said(reader, text, "若干措施") == [("revenue_wan", "ge", 10000)]


def test_what_one_gets_is_no_condition(reader: Reader) -> None:
    assert said(reader, "对符合要求的项目，按投资额的20%给予补助，最高不超过500万元。", "若干措施") == []


def test_papers_procedure_and_duties_are_no_conditions(reader: Reader) -> None:
    text = (
        "一、申报材料\n1.上年度营业收入不低于2000万元的审计报告。\n二、申报流程\n1.高新技术企业网上填报。\n"
        "三、监督管理\n1.获得补助的企业3年内营业收入应达到5000万元以上。"
    )
    assert said(reader, text) == []


def test_honours_by_level(reader: Reader) -> None:
    text = "对获得国家级、省级服务业示范企业称号的企业，分别给予50万元、20万元奖励。"
    assert said(reader, text, "若干措施") == [("qualification", "in", ["国家级服务业示范企业", "省级服务业示范企业"])]


def test_quotes_are_words_of_the_document(reader: Reader) -> None:
    text = "一、申報條件\n（一）在杭州市註冊，上年度營業收入不低於\n５０００萬元；\n（二）信用記錄良好。"
    found = list(atoms(reader.read(Document("1", "通知", text, region="杭州市")).conditions))
    assert {a["field"] for a in found} == {"region", "revenue_wan", "credit_clean"}
    for atom in found:
        assert text[atom["start"] : atom["start"] + len(atom["quote"])] == atom["quote"]


def test_every_atom_is_one_the_registry_knows(reader: Reader) -> None:
    text = LISTED + "本市户籍的低保对象，35周岁以下，本科以上学历，缴纳社保1年以上；\n2.制造业小微企业，信用良好。"
    for field, op, value in said(reader, text):
        entry = FIELDS[field]
        assert op in OPERATORS[entry.kind]
        if entry.choices:
            assert set(value if isinstance(value, list) else [value]) <= set(entry.words)


def test_the_same_text_reads_the_same_in_every_process() -> None:
    """No order of a set, which changes from process to process, may decide what is factored out first."""
    program = (
        "import json\n"
        "from core.vocabulary.load import load_vocabulary\n"
        "from matcher.document import Document\n"
        "from matcher.reading.lexicon import LexiconClassifier\n"
        "from matcher.reading.reader import Reader\n"
        "vocabulary = load_vocabulary()\n"
        "text = '。'.join(['对本市制造业小微企业，给予10万元奖励', '对制造业高新技术企业，给予20万元奖励',"
        " '对本市小微高新技术企业，给予30万元奖励'])\n"
        "document = Document('1', '支持企业发展若干措施', text, region='杭州市')\n"
        "print(json.dumps(Reader(vocabulary, LexiconClassifier(vocabulary)).read(document).as_dict()))\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("取得中级（四级）、高级（三级）职业资格证书的；", [("skill_level", "ge", "intermediate")]),
        ("取得五级以上职业技能等级证书；", [("skill_level", "ge", "junior")]),
        ("首次到本市企业就业的人员；", [("employment", "in", ["employed"])]),
        (
            "企业职工参加失业保险累计满12个月；",
            [("employment", "in", ["employed"]), ("social_insurance_months", "ge", 12)],
        ),
        ("在领取失业保险金期间取得证书的人员；", [("employment", "in", ["unemployed"])]),
        ("申请家庭（含申请人、配偶及未满18周岁子女）在本市无房；", [("owns_home", "eq", False)]),
        ("近三年在税务方面无违法、违规行为；", [("credit_clean", "eq", True)]),
        ("在中华人民共和国关境内注册的企业；", [("region", "in", ["000000"])]),
        ("在西湖区开展实际经营活动的企业；", [("region", "in", ["330106"])]),
        (
            "首次纳入规上统计的服务业企业；",
            [("qualification", "in", ["规模以上企业"]), ("industry_text", "in", ["服务业"])],
        ),
        ("首次纳入“限额以上企业样本库”的住宿、餐饮企业；", [("industry", "in", ["H"])]),
        ("属于中小企业划型标准规定的小型、微型企业；", [("size", "in", ["micro", "small"])]),
        ("每月发放育儿补贴，直至孩子3周岁止；", [("child_age", "le", 3)]),
        ("经营地在西湖区；", [("region", "in", ["330106"])]),
        ("连续缴纳社会保险半年以上；", [("social_insurance_months", "ge", 6)]),
        ("签订聘用合同，由单位为其缴纳社会保险6个月以上；", [("social_insurance_months", "ge", 6)]),
        ("属于批发业（F51）、住宿业（H61）的企业；", [("industry", "in", ["F51", "H61"])]),
        ("参展单位（含法人、个体工商户等）；", []),
        ("以灵活就业形式参保人员，不在补贴范围；", []),
        ("市级龙头企业是指以农产品加工为主业的企业；", []),
    ],
)
def test_wordings_of_other_cities(reader: Reader, words: str, expected: list[tuple[str, str, Any]]) -> None:
    assert sorted(map(str, said(reader, LISTED + words))) == sorted(map(str, expected))


def test_groups_named_as_objects_are_alternatives(reader: Reader) -> None:
    text = "一、发放对象\n1.本市户籍、年满80周岁的低保老年人。\n2.本市户籍、年满90周岁的老年人。"
    tree = reader.read(Document("1", "高龄津贴", text, region="杭州市")).conditions
    assert {atom["field"] for atom in tree["all"] if "field" in atom} == {"hukou_region"}
    assert [len(node["any"]) for node in tree["all"] if "any" in node] == [2]


def test_offers_in_a_section_of_conditions_are_alternatives(reader: Reader) -> None:
    text = (
        "二、申请对象\n（一）生活补贴。对象为本市户籍低保对象。\n（二）护理补贴。对象为残疾等级为一级、二级的残疾人。"
    )
    tree = reader.read(Document("1", "残疾人两项补贴", text, region="杭州市")).conditions
    assert [len(node["any"]) for node in tree["all"] if "any" in node] == [2]


def test_how_much_each_group_gets_is_no_condition(reader: Reader) -> None:
    text = (
        "一、发放对象\n本市户籍、年满80周岁的老年人。\n"
        "二、发放标准\n80-89周岁老年人：每人每月60元；90周岁以上老年人：每人每月120元。"
    )
    assert said(reader, text) == [("hukou_region", "in", ["330100"]), ("age", "ge", 80)]


def test_two_halves_of_a_figure_are_no_condition(reader: Reader) -> None:
    text = (
        "对新认定的高新技术企业，上年度营业收入不超过2000万元的，给予20万元奖励；"
        "对新认定的高新技术企业，上年度营业收入超过2000万元的，给予40万元奖励。"
    )
    assert said(reader, text) == [("qualification", "in", ["high-tech-enterprise"])]


def test_a_preference_is_no_condition(reader: Reader) -> None:
    text = "资助标准为每人500元。同等困难条件优先资助以下对象：孤儿、烈士子女、残疾学生。"
    assert said(reader, text) == []


def test_the_title_of_an_attached_guide_is_no_measure(reader: Reader) -> None:
    text = "特此通知。\n2023年度制造业小微企业专项资金奖励申报指南\n对年营业收入5000万元以上的企业，给予10万元奖励。"
    assert said(reader, text) == [("revenue_wan", "ge", 5000)]


def test_the_name_of_a_document_grants_nothing(reader: Reader) -> None:
    text = "据《市旅游促进奖励办法》，凡在本市登记注册的外商投资企业可享受奖励。"
    assert said(reader, text) == [("region", "in", ["330100"]), ("ownership", "in", ["foreign"])]


def test_amounts_restate_whom_the_list_names(reader: Reader) -> None:
    text = (
        "一、支持对象\n高新技术企业和制造业企业。\n"
        "二、奖励标准\n对高新技术企业，给予20万元奖励；对制造业企业，给予5万元奖励。"
    )
    fields = [field for field, _, _ in said(reader, text)]
    assert sorted(fields) == ["industry", "qualification"]


def test_what_one_applies_for_is_not_asked(reader: Reader) -> None:
    text = LISTED + "企业名称应与高企认定申报系统一致，注册满一年。"
    assert said(reader, text, title="关于高新技术企业认定申报的通知") == [("years_since_founding", "ge", 1)]


def test_words_of_praise_are_no_honour(reader: Reader) -> None:
    assert said(reader, LISTED + "取得相应测绘资质的企业；建成具有国际影响力的创新中心。") == []


def test_what_depends_on_the_case_is_an_alternative(reader: Reader) -> None:
    text = "一、申请条件\n（一）年龄条件：1、申请小型汽车的，在18周岁以上；2、申请大型客车的，在26周岁以上。"
    conditions = reader.read(Document("1", "驾驶证申领", text, region="浙江省杭州市")).conditions
    (choice,) = [node for node in conditions["all"] if "any" in node]
    assert [[a["value"] for a in atoms(branch) if a["field"] == "age"] for branch in choice["any"]] == [[18], [26]]


def test_years_of_residence_are_no_years_of_insurance(reader: Reader) -> None:
    text = LISTED + "连续缴纳12个月城镇社会保险；\n2.无法提供缴纳的城镇社会保险证明的，须本市户籍满5年。"
    assert [found for found in said(reader, text) if found[0] == "social_insurance_months"] == [
        ("social_insurance_months", "ge", 12)
    ]


def test_orders_to_an_industry_are_no_conditions(reader: Reader) -> None:
    text = "一、各机构应加强房源管理。\n二、各机构不得炒作学区房。\n三、严格落实房地产经纪责任。"
    assert reader.read(Document("1", "关于规范房产经纪的通知", text)).conditions == {"all": []}


def test_a_plan_without_grants_has_no_conditions(reader: Reader) -> None:
    fields = ["软件", "机器人", "新材料", "航空", "船舶", "化工", "纺织", "汽车", "医药", "钢铁"]
    text = "".join(f"{n}.支持{name}制造业中小微企业发展壮大。\n" for n, name in enumerate(fields, 1))
    assert said(reader, "一、主要内容\n" + text, title="产业发展规划") == []


def test_farms_beside_cooperatives_leave_the_form_open(reader: Reader) -> None:
    assert said(reader, "一、申报条件\n1.注册满一年。", title="关于申报农民合作社和家庭农场的通知") == [
        ("years_since_founding", "ge", 1)
    ]


@pytest.mark.parametrize(
    "words", ["毕业年度高校毕业生（不含在校学生）；", "除在校学生外的高校毕业生；", "高校毕业生（在校学生除外）；"]
)
def test_who_is_excepted_is_not_asked_for(reader: Reader, words: str) -> None:
    found = said(reader, LISTED + words)
    assert ("employment", "in", ["student"]) not in found
    assert ("education", "ge", "junior_college") in found


def test_an_exception_of_a_group_is_a_condition(reader: Reader) -> None:
    assert ("employment", "not_in", ["student"]) in said(reader, LISTED + "高校毕业生（不含在校学生）；")


def test_titles_that_a_document_awards_are_not_asked_for(reader: Reader) -> None:
    text = (
        "一、申报条件\n1.专精特新中小企业的申报条件见附件。\n2.“小巨人”企业由工业和信息化部认定。\n"
        "3.注册满一年，已获得创新型中小企业称号。"
    )
    assert said(reader, text, title="优质中小企业梯度培育管理办法") == [
        ("years_since_founding", "ge", 1),
        ("qualification", "in", ["innovative-sme"]),
    ]


@pytest.mark.parametrize(
    "words",
    [
        "也可以申请",
        "每年一批",
        "可向区人力社保局提出申请",
        "申报单位对材料的真实性负责",
        "到期后按照新标准认定",
        "提交以下证明",
    ],
)
def test_how_one_applies_is_no_condition(reader: Reader, words: str) -> None:
    assert fields_beside_age(reader, words) == ["years_since_founding"]


def test_who_may_apply_stays_in_the_words_of_the_text(reader: Reader) -> None:
    text = f"{LISTED}需要对已设置航标进行拆除的单位可以提出申请。"
    assert "航标" in str(reader.read(Document("1", "航标拆除", text)).conditions)


def branches(node: dict[str, Any]) -> list[list[tuple[str, str, Any]]]:
    """The atoms of each alternative of the one choice in a tree."""
    (choice,) = [child for child in node["all"] if "any" in child]
    return [[(a["field"], a["op"], a["value"]) for a in atoms(part) if a["field"] != "other"] for part in choice["any"]]


def test_tiers_that_nobody_meets_together_are_alternatives(reader: Reader) -> None:
    text = (
        LISTED + "研发费用占销售收入的比例达到规定要求：最近一年销售收入5000万元（含）以下的不低于5%，"
        "5000万元至2亿元（含）的不低于4%，2亿元以上的不低于3%；\n2.注册满一年。"
    )
    read = reader.read(Document("1", "高新技术企业认定通知", text, region="浙江省杭州市")).conditions
    assert branches(read) == [
        [("revenue_wan", "le", 5000)],
        [("revenue_wan", "ge", 5000), ("revenue_wan", "le", 20000)],
        [],  # 2亿元以上的不低于3%
    ]
    assert ("years_since_founding", "ge", 1) in said(reader, text)


def test_ages_told_case_by_case_are_alternatives(reader: Reader) -> None:
    text = "一、补贴对象\n年满80周岁不满90周岁的，每月100元；年满90周岁不满100周岁的，每月500元。"
    read = reader.read(Document("1", "高龄津贴发放办法", text, region="浙江省杭州市")).conditions
    assert [part[0] for part in branches(read)] == [("age", "ge", 80), ("age", "ge", 90)]


@pytest.mark.parametrize(
    "words",
    [
        "一孩、二孩、三孩同等对待",
        "在认定低保对象、特困人员时不计入家庭收入",
        "申请家庭成员中有60周岁以上老人、重度残疾人员的优先配租",
        "职工5人以下、首次参评的，可能进行实地核查",
        "持有有效期内高新技术企业证书的可以不评分",
        "贷款不得用于房地产业",
        "低保、特困等困难人员可以向户籍所在地街道核实代缴政策",
        "本通知自2026年1月1日起施行",
        "本办法自2026年1月1日起施行，《旧办法》（某政发〔2015〕19号）同时废止",
    ],
)
def test_what_waives_warns_or_prefers_limits_nobody(reader: Reader, words: str) -> None:
    assert fields_beside_age(reader, words) == ["years_since_founding"]


def test_trades_to_which_it_does_not_apply_are_shut_out(reader: Reader) -> None:
    text = LISTED + "烟草制造业、住宿和餐饮业、房地产业、娱乐业等行业不适用。"
    assert [op for field, op, _ in said(reader, text) if field == "industry"] == ["not_in"]


def test_an_office_in_the_title_names_no_veterans(reader: Reader) -> None:
    text = "一、申请条件\n1.年满60周岁。"
    title = "北京市民政局 北京市退役军人事务局关于养老服务补贴的通知"
    assert said(reader, text, title=title) == [("age", "ge", 60)]


def test_the_share_spent_at_home_is_no_share_of_revenue(reader: Reader) -> None:
    assert said(reader, LISTED + "在境内发生的研究开发费用占全部研究开发费用的比例不低于60%。") == []


def test_what_a_firm_pays_for_its_people_is_asked_of_no_person(reader: Reader) -> None:
    firm = said(reader, LISTED + "足额缴纳失业保险费12个月以上，上年度未裁员的参保企业；")
    assert [field for field, _, _ in firm if field == "social_insurance_months"] == []
    person = said(reader, LISTED + "参加失业保险12个月以上的在职职工；")
    assert ("social_insurance_months", "ge", 12) in person


def test_a_kind_of_body_that_is_not_covered_is_shut_out(reader: Reader) -> None:
    text = LISTED + "注册满一年；\n2.机关、事业单位不列入补贴范围。"
    assert said(reader, text) == [("years_since_founding", "ge", 1), ("legal_form", "not_in", ["institution"])]


def test_associations_that_are_to_help_are_no_applicants(reader: Reader) -> None:
    text = LISTED + "注册满一年；\n2.行业协会推荐其会员单位。"
    assert said(reader, text) == [("years_since_founding", "ge", 1)]
