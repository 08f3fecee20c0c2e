"""Which kind of WeChat message may go to a person, and how permissions change: tables."""

from dataclasses import replace

import pytest

from channels.compose import WeChatComposer
from channels.message import Channel, Message, WeChatKind
from channels.outcome import OutcomeClass
from channels.sender import Sender
from channels.simulators.providers import Providers
from channels.simulators.wechat import Follower
from channels.wechat.grants import Grant, GrantChange, GrantType, apply_changes, choose_kind
from tests.channels.samples import IMPRINT, PERSONAL, notice

LONG = Grant("L", GrantType.LONG_TERM, accepted=True)
ONE = Grant("O", GrantType.ONE_OFF, accepted=True, remaining=1)
TYPES = {"L": GrantType.LONG_TERM, "O": GrantType.ONE_OFF}
YES, NO = True, False


@pytest.mark.parametrize(
    ("grants", "follows", "consents", "kind"),
    [
        ([LONG, ONE], YES, YES, (WeChatKind.LONG_TERM, "L")),
        ([ONE, LONG], NO, NO, (WeChatKind.LONG_TERM, "L")),
        ([ONE], YES, YES, (WeChatKind.TEMPLATE, "")),
        ([], YES, YES, (WeChatKind.TEMPLATE, "")),
        ([ONE], YES, NO, (WeChatKind.ONE_OFF, "O")),
        ([ONE], NO, YES, (WeChatKind.ONE_OFF, "O")),
        ([], YES, NO, None),
        ([], NO, YES, None),
        ([replace(ONE, remaining=0)], NO, YES, None),
        ([replace(LONG, accepted=False)], NO, NO, None),
        ([replace(ONE, accepted=False)], YES, NO, None),
        ([replace(LONG, accepted=False)], YES, YES, None),
        ([replace(LONG, accepted=False), ONE], YES, YES, (WeChatKind.ONE_OFF, "O")),
        ([replace(ONE, accepted=False)], YES, YES, (WeChatKind.TEMPLATE, "")),
    ],
)
def test_the_kind(grants: list[Grant], follows: bool, consents: bool, kind: tuple[WeChatKind, str] | None) -> None:
    assert choose_kind(grants, follows=follows, consents=consents) == kind


def test_each_acceptance_of_a_one_off_template_is_one_message_more() -> None:
    after = apply_changes({}, [GrantChange("O", YES), GrantChange("O", YES), GrantChange("L", YES)], TYPES)
    assert after["O"].remaining == 2
    assert after["L"] == LONG
    assert after["O"].used().used().used().remaining == 0
    assert not after["O"].used().used().usable


def test_a_refusal_takes_everything_back() -> None:
    after = apply_changes(
        {"O": replace(ONE, remaining=5), "L": LONG}, [GrantChange("O", NO), GrantChange("L", NO)], TYPES
    )
    assert not any(grant.usable for grant in after.values())
    assert after["O"].remaining == 0
    again = apply_changes(after, [GrantChange("O", YES)], TYPES)
    assert again["O"].remaining == 1


def test_templates_of_others_are_passed_over() -> None:
    assert apply_changes({}, [GrantChange("X", YES)], TYPES) == {}


def test_the_platforms_refusal_updates_the_grant() -> None:
    assert not LONG.refused_by_platform().usable
    used_up = replace(ONE, remaining=3).refused_by_platform()
    assert used_up.remaining == 0
    assert used_up.accepted


def test_a_chosen_kind_goes_out_by_its_own_template(senders: dict[Channel, Sender], simulators: Providers) -> None:
    simulators.wechat.notices["O"] = ["thing1"]
    simulators.wechat.followers["o1"] = Follower(follows=False, grants={"O": 1})
    chosen = choose_kind([ONE], follows=False, consents=True)
    assert chosen is not None
    composer = WeChatComposer(notice(), IMPRINT)
    sent = [
        senders[Channel.WECHAT].send(Message(key, Channel.WECHAT, "o1", composer.fill(PERSONAL, *chosen)))
        for key in ("a", "b")
    ]
    assert [(outcome.cls, outcome.notice) for outcome in sent] == [(OutcomeClass.OK, "O"), (OutcomeClass.WINDOW, "O")]
