"""Dates in all forms that Chinese documents use."""

from datetime import date

import pytest

from policies.dates import find_effective_date, find_expiry, find_signed, parse_date


@pytest.mark.parametrize(
    "words",
    [
        "2024年3月1日",
        "2024 年 03 月 01 日",
        "二〇二四年三月一日",
        "二○二四年三月一日",
        "2024-03-01",
        "2024/3/1",
        "2024.3.1",
        "２０２４－０３－０１",
        "20240301",
        "2024-03-01 09:30",
        "2024-03-01T09:30:00+08:00",
        "2024-03-01 09:30:00 2024-03-02 10:00:00",
    ],
)
def test_every_way_to_write_a_day_is_read(words: str) -> None:
    assert parse_date(words) == date(2024, 3, 1)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("二〇一九年十月十日", date(2019, 10, 10)),
        ("二〇一九年十二月三十一日", date(2019, 12, 31)),
        ("二〇一九年十一月二十日", date(2019, 11, 20)),
    ],
)
def test_spelled_tens_are_read(words: str, expected: date) -> None:
    assert parse_date(words) == expected


def test_an_empty_field_is_no_date() -> None:
    assert parse_date("  ") is None


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("2024-13-45", "不存在"),
        ("2023年2月29日", "不存在"),
        ("3024-01-01", "年份不合理"),
        ("0001-01-01", "年份不合理"),
        ("明天", "不是日期"),
    ],
)
def test_an_absurd_date_is_refused_with_its_words(words: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refused:
        parse_date(words)
    assert words in str(refused.value)


def test_the_day_a_text_takes_effect_is_read_from_it() -> None:
    published = date(2024, 3, 1)
    assert find_effective_date("本办法自2024年4月1日起施行。", published) == date(2024, 4, 1)
    assert find_effective_date("本办法自发布之日起30日后施行。", published) == date(2024, 3, 31)
    assert find_effective_date("本办法自发布之日起施行。", published) is None
    assert find_effective_date("自2024年2月30日起施行", published) is None


def test_the_day_a_text_ends_is_read_from_it() -> None:
    start = date(2024, 2, 29)
    assert find_expiry("本办法自印发之日起施行，有效期至2027年12月31日。", start) == date(2027, 12, 31)
    assert find_expiry("本通知自2024年2月29日起施行，有效期3年。", start) == date(2027, 2, 27)
    assert find_expiry("本细则自印发之日起施行，有效期五年。", date(2024, 3, 1)) == date(2029, 2, 28)
    assert find_expiry("高新技术企业资格自颁发证书之日起有效期为三年。", start) is None


def test_the_signatures_date_is_the_last_line_that_is_only_a_date() -> None:
    text = "第一条\n2020年1月1日\n北京市财政局\n2024年3月1日\n附件：申报表"
    assert find_signed(text) == (3, date(2024, 3, 1))
    assert find_signed("自2024年3月1日起施行") is None
