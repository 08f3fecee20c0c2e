"""Where a policy holds."""

import pytest

from matcher.document import Document
from matcher.reading.places import Gazetteer
from matcher.reading.region import read_region


@pytest.mark.parametrize(
    ("region", "title", "code"),
    [
        ("浙江省温州市鹿城区", "关于奖补的通知", "330302"),
        ("上海市", "上海市促进消费若干措施", "310000"),
        ("全国", "关于完善增值税政策的公告", "000000"),
        ("苏州", "关于人才购房的通知", "320500"),
        ("330302", "通知", "330302"),
        ("广东省", "广东省人民政府关于支持珠海市建设的若干措施", "440400"),
        ("广东省", "广东省人民政府转发广州市政府关于水价的意见", "440000"),
        ("四川省", "关于在成都市等地开展试点的通知", "510000"),
        ("上海市", "国务院办公厅关于部分节假日安排的通知", "000000"),
        ("", "深圳市关于促进消费的若干措施", "440300"),
        ("", "国务院关于促进消费的意见", "000000"),
        ("", "【河南省南阳市】购房政策", "411300"),
        ("河北省雄安新区", "通知", "130600"),
        ("", "义乌人才购房补贴", "330782"),
        ("", "江山如画摄影展征稿", "000000"),
        ("", "", "000000"),
    ],
)
def test_region(gazetteer: Gazetteer, region: str, title: str, code: str) -> None:
    assert read_region(Document("1", title, region=region), gazetteer) == code


def test_the_agency_tells_where_nothing_else_does(gazetteer: Gazetteer) -> None:
    assert read_region(Document("1", "关于申报的通知", agency="杭州市科学技术局"), gazetteer) == "330100"


def test_a_city_spelt_in_english(gazetteer: Gazetteer) -> None:
    document = Document("1", "Notice on AI Subsidies in Qingdao", agency="Qingdao Finance Bureau", region="山东省")
    assert read_region(document, gazetteer) == "370200"


def test_a_name_of_several_places_is_the_one_at_home(gazetteer: Gazetteer) -> None:
    places = list(gazetteer.list_places("在鼓楼区注册", "320100"))
    assert [place.code for place in places] == ["320106"]


def test_what_an_issuer_calls_its_own(gazetteer: Gazetteer) -> None:
    text = "本市、我区、本省、中华人民共和国境内"
    assert [place.code for place in gazetteer.list_all(text, "330302")] == ["330300", "330302", "330000", "000000"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("为落实四川省委部署，推动雅安民营经济发展，到2022年全市增加值突破600亿元。", "511800"),
        ("各省、自治区、直辖市财政厅（局），新疆生产建设兵团财政局：\n近期湖北省等地……", "000000"),
        ("南京、无锡、徐州、合肥市人民政府：\n现将浙江省的办法印发给你们。", "330000"),
    ],
)
def test_without_agency_the_text_tells_who_speaks(gazetteer: Gazetteer, text: str, code: str) -> None:
    assert read_region(Document("1", "关于印发若干措施的通知", text), gazetteer) == code


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("国家税务总局重庆市税务局关于优化服务的通知", "500000"),
        ("国家税务总局关于优化服务的公告", "000000"),
        ("关于印发长三角地区大气治理方案的通知", "000000"),
        ("河北武安发布蓝天保卫战方案", "130481"),
    ],
)
def test_branches_and_areas_of_several_provinces(gazetteer: Gazetteer, title: str, code: str) -> None:
    assert read_region(Document("1", title, "苏州市先行。"), gazetteer) == code


def test_a_district_that_speaks_of_itself(gazetteer: Gazetteer) -> None:
    text = "通州区住房和城乡建设局、通州区财政局印发意见，引导全区居民合理消费，鼓励我区企业购房。"
    assert read_region(Document("1", "关于促进消费的意见", text, region="江苏省南通市"), gazetteer) == "320612"


def test_a_province_that_counts_its_cities_stays_a_province(gazetteer: Gazetteer) -> None:
    document = Document("1", "Plan of Shandong Province", "济南市、青岛市、济南市、济南市", region="山东省")
    assert read_region(document, gazetteer) == "370000"
