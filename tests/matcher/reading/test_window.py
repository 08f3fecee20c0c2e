"""When one may apply, and how long a policy holds."""

from datetime import date

import pytest

from matcher.reading.plain import read_plain
from matcher.reading.window import Window, read_window

PUBLISHED = date(2024, 3, 15)


@pytest.mark.parametrize(
    ("text", "opens", "closes"),
    [
        ("申报时间：2024年4月1日至2024年4月30日。", date(2024, 4, 1), date(2024, 4, 30)),
        ("申请书提交日期为2024年4月15日－4月22日16时。", date(2024, 4, 15), date(2024, 4, 22)),
        ("申请报送日期为2024年12月9日至16日16时。", date(2024, 12, 9), date(2024, 12, 16)),
        ("请于4月20日前将申报材料报送我局。", None, date(2024, 4, 20)),
        ("于4月20日之前将符合条件的纸质版申报材料报送到县农业农村局。", None, date(2024, 4, 20)),
        ("申报截止时间为2024年5月31日。", None, date(2024, 5, 31)),
        ("自本公告发布之日起至2024年6月30日，可申请补贴。", PUBLISHED, date(2024, 6, 30)),
        ("自通知印发之日起30日内提出申请。", PUBLISHED, date(2024, 4, 14)),
        ("网上申报时间为12月1日至次年1月15日。", date(2024, 12, 1), date(2025, 1, 15)),
        ("申报截止二〇二四年六月三十日。", None, date(2024, 6, 30)),
        ("自2024年4月10日起开始受理，5月10日截止。", date(2024, 4, 10), date(2024, 5, 10)),
        ("对2023年1月1日至2023年12月31日期间获得认定的企业给予奖励。", None, None),
        ("公示时间：2024年3月18日至3月22日。", None, None),
        (
            "网上预申报时间：4月1日-4月7日\n网上申报时间：4月8日-4月20日。",
            date(2024, 4, 8),
            date(2024, 4, 20),
        ),
        ("4月1日-4月15日，受理本科生申请；4月16日-4月30日，受理专科生申请。", date(2024, 4, 1), date(2024, 4, 30)),
        ("常年受理，长期有效。", None, None),
        ("本办法自2024年5月1日起施行，有效期至2029年4月30日。", None, None),
        ("2019年4月30日前获得专利授权的，每件资助1万元。", None, None),
        ("申报时间：2024年2月31日前。", None, None),
    ],
)
def test_window(text: str, opens: date | None, closes: date | None) -> None:
    window = read_window(read_plain(text).text, PUBLISHED)
    assert (window.opens, window.closes) == (opens, closes)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("本办法自2024年5月1日起施行，有效期5年。", date(2029, 4, 30)),
        ("本通知自印发之日起施行，有效期2年。", date(2026, 3, 14)),
        ("有效期至2027年12月31日。", date(2027, 12, 31)),
        ("本办法自2024年5月1日起施行。", None),
    ],
)
def test_validity(text: str, until: date | None) -> None:
    assert read_window(text, PUBLISHED).valid_until == until


def test_without_a_date_of_publication_relative_days_stay_open() -> None:
    assert read_window("自通知印发之日起30日内提出申请。", None) == Window()
