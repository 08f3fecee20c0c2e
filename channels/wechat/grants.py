"""What a person allows us on WeChat, and which kind of message follows from it: pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from channels.message import WeChatKind


class GrantType(StrEnum):
    """Of a subscription template: 长期订阅 is without end, 一次性订阅 is one message a grant."""

    LONG_TERM = "long_term"
    ONE_OFF = "one_off"


@dataclass(frozen=True, slots=True)
class GrantChange:
    """A person's choice in WeChat's dialogue or settings."""

    template_id: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """What is left of the permission for one template. `remaining` counts one-off grants only."""

    template_id: str
    type: GrantType
    accepted: bool = False
    remaining: int = 0

    @property
    def usable(self) -> bool:
        """May a notice be sent by it now?"""
        return self.accepted and (self.type is GrantType.LONG_TERM or self.remaining > 0)

    def changed(self, change: GrantChange) -> "Grant":
        """After the person's choice: each acceptance of a one-off template is one message more."""
        if not change.accepted:
            return replace(self, accepted=False, remaining=0)
        one_off = self.type is GrantType.ONE_OFF
        return replace(self, accepted=True, remaining=self.remaining + 1 if one_off else 0)

    def used(self) -> "Grant":
        """After one accepted message."""
        return replace(self, remaining=max(0, self.remaining - 1))

    def refused_by_platform(self) -> "Grant":
        """After 43101: a long-term permission was withdrawn, a one-off one is used up."""
        if self.type is GrantType.LONG_TERM:
            return replace(self, accepted=False)
        return replace(self, remaining=0)


def apply_changes(
    grants: Mapping[str, Grant], changes: Iterable[GrantChange], types: Mapping[str, GrantType]
) -> dict[str, Grant]:
    """The grants of one person after `changes`; `types` names our templates, others are passed over."""
    after = dict(grants)
    for change in changes:
        if change.template_id in types:
            before = after.get(change.template_id, Grant(change.template_id, types[change.template_id]))
            after[change.template_id] = before.changed(change)
    return after


def choose_kind(grants: Iterable[Grant], *, follows: bool, consents: bool) -> tuple[WeChatKind, str] | None:
    """How to write to this person now, and by which subscription template ("" for a template message).

    Long-term notice → template message to a follower who consented → one-off notice → None: not by WeChat. Who has
    turned a long-term notice off doesn't get the same by a template message.
    """
    grants = list(grants)
    refused = any(grant.type is GrantType.LONG_TERM and not grant.accepted for grant in grants)
    usable = [grant for grant in grants if grant.usable]
    for grant in usable:
        if grant.type is GrantType.LONG_TERM:
            return WeChatKind.LONG_TERM, grant.template_id
    if follows and consents and not refused:
        return WeChatKind.TEMPLATE, ""
    for grant in usable:
        return WeChatKind.ONE_OFF, grant.template_id
    return None
