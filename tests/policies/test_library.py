"""Finding one policy from what a person types."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from core.errors import InputError
from policies.library import current_version, find_policy, get_policy
from policies.models import Policy
from policies.titles import stem


@pytest.fixture
def three(session: Session) -> list[int]:
    """The ids of three policies with titles that overlap."""
    policies = [
        Policy(key=title, title=title, stem=stem(title), doc_number=number, created_at=datetime(2025, 1, 1, tzinfo=UTC))
        for title, number in (
            ("某市关于印发《稳岗返还办法》的通知", "某人社发〔2024〕1号"),
            ("某市稳岗返还办法实施细则", ""),
            ("某市100%_育儿补贴办法", ""),
        )
    ]
    session.add_all(policies)
    session.flush()
    return [policy.id for policy in policies]


@pytest.mark.parametrize(
    ("words", "which"),
    [
        ("某人社发[2024]第1号", 0),
        ("稳岗返还办法", 0),
        ("《稳岗返还办法》", 0),
        ("实施细则", 1),
        (" 育儿补贴 ", 2),
        ("100%_", 2),
    ],
)
def test_a_policy_is_found_by_number_title_or_part(session: Session, three: list[int], words: str, which: int) -> None:
    assert find_policy(session, words).id == three[which]


def test_a_policy_is_found_by_id(session: Session, three: list[int]) -> None:
    assert find_policy(session, str(three[1])).id == get_policy(session, three[1]).id == three[1]


def test_several_that_fit_are_named(session: Session, three: list[int]) -> None:
    with pytest.raises(InputError) as refused:
        find_policy(session, "稳岗返还")
    assert str(refused.value) == (
        "“稳岗返还”对应多份政策，请改用编号："
        f"{three[0]} 某市关于印发《稳岗返还办法》的通知；{three[1]} 某市稳岗返还办法实施细则"
    )


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("", "请写出政策的编号"),
        ("没有这样的", "没有找到“没有这样的”"),
        ("0", "没有编号为 0 的政策"),
        ("99999999999999999999", "没有编号为 99999999999999999999 的政策"),
    ],
)
def test_none_that_fits_is_said(session: Session, three: list[int], words: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        find_policy(session, words)


def test_a_policy_that_is_not_there_has_no_version(session: Session) -> None:
    with pytest.raises(InputError, match="没有编号为 7 的政策"):
        current_version(session, 7)
