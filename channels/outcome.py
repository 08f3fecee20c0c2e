"""What became of one network call, in words that are the same for all channels, and what each of them asks us to do."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from channels.message import Channel
from core.clock import local_time


class OutcomeClass(StrEnum):
    """The one list of results. Provider codes are mapped to it by the tables `channels/*/codes.py`."""

    OK = "OK"
    DUP = "DUP"
    TOKEN = "TOKEN"  # noqa: S105 - the name of a result, no secret
    TEMP = "TEMP"
    RATE_MIN = "RATE_MIN"
    RATE_DAY = "RATE_DAY"
    RECIPIENT_TEMP = "RECIPIENT_TEMP"
    RECIPIENT_PERM = "RECIPIENT_PERM"
    OPT_OUT = "OPT_OUT"
    WINDOW = "WINDOW"
    CONTENT = "CONTENT"
    CONFIG = "CONFIG"
    AMBIGUOUS = "AMBIGUOUS"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one send.

    `provider_id` is what the provider calls the message (msgid, BizId, SerialNo, queue id), empty when there is none.
    `code` is the provider's own code; `detail` is Chinese or the provider's text, freed of addresses and tokens.
    `provider` is filled by a sender that chooses among several (else it is the sender's own).
    `personal` marks a trouble of this address, its domain or this template and not of the account: it parks one
    delivery, not the channel.
    `notice` is the subscription template by which WeChat was asked, so that what is left of its grant can be kept.
    """

    cls: OutcomeClass
    provider_id: str = ""
    code: str = ""
    detail: str = ""
    personal: bool = False
    provider: str = ""
    notice: str = ""

    @property
    def accepted(self) -> bool:
        """True when the provider has the message (delivery is told later by a receipt)."""
        return self.cls in (OutcomeClass.OK, OutcomeClass.DUP)


class Wait(StrEnum):
    """How the moment of the next try is found."""

    NEVER = "never"
    BACKOFF = "backoff"
    """`steps[0]`·2ⁿ with ±20 % jitter, at most `steps[1]`."""
    STEPS = "steps"
    """The nth try waits `steps[n]`."""
    NEXT_MINUTE = "next_minute"
    NEXT_DAY = "next_day"
    """After midnight in China, spread by jitter over the first hour."""


class Failover(StrEnum):
    """May the delivery go on by the next channel?"""

    NO = "no"
    YES = "yes"
    """At once, or when the tries here are used up."""
    IF_LATE = "if_late"
    """Only when waiting would miss the deadline."""
    IF_CONSENTED = "if_consented"
    """Only by a channel to which the person agreed separately."""
    OTHER_KIND = "other_kind"
    """By another kind of message of the same channel, or at another time."""


class Mark(StrEnum):
    """What is written down about the address or the template."""

    NONE = "none"
    SOFT_FAIL = "soft_fail"
    ADDRESS_INVALID = "address_invalid"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    TEMPLATE_SUSPECT = "template_suspect"
    """The template stops after `HALT_AFTER` of these within `HALT_WITHIN`."""
    CIRCUIT_OPEN = "circuit_open"
    """The whole channel stops but for one probe a minute."""


@dataclass(frozen=True, slots=True)
class Action:
    """What a result asks of the one who delivers. `tries` None means until the delivery's deadline."""

    tries: int | None
    wait: Wait
    steps: tuple[timedelta, ...] = ()
    counted: bool = True
    failover: Failover = Failover.NO
    mark: Mark = Mark.NONE
    pauses_channel: bool = False
    alert: bool = False


HALT_AFTER = 5
HALT_WITHIN = timedelta(minutes=1)
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)

ACTIONS: dict[OutcomeClass, Action] = {
    OutcomeClass.OK: Action(0, Wait.NEVER),
    OutcomeClass.DUP: Action(0, Wait.NEVER),
    # The sender has refreshed and tried again by itself; what is still TOKEN afterwards it reports as CONFIG.
    OutcomeClass.TOKEN: Action(1, Wait.STEPS, (timedelta(0),), counted=False),
    OutcomeClass.TEMP: Action(6, Wait.BACKOFF, (timedelta(seconds=30), _HOUR), failover=Failover.YES),
    OutcomeClass.RATE_MIN: Action(None, Wait.NEXT_MINUTE, counted=False, pauses_channel=True),
    OutcomeClass.RATE_DAY: Action(None, Wait.NEXT_DAY, counted=False, failover=Failover.IF_LATE, alert=True),
    OutcomeClass.RECIPIENT_TEMP: Action(
        3, Wait.STEPS, (2 * _HOUR, 12 * _HOUR, 24 * _HOUR), failover=Failover.YES, mark=Mark.SOFT_FAIL
    ),
    OutcomeClass.RECIPIENT_PERM: Action(0, Wait.NEVER, failover=Failover.YES, mark=Mark.ADDRESS_INVALID),
    OutcomeClass.OPT_OUT: Action(0, Wait.NEVER, failover=Failover.IF_CONSENTED, mark=Mark.CONSENT_WITHDRAWN),
    OutcomeClass.WINDOW: Action(0, Wait.NEVER, failover=Failover.OTHER_KIND),
    OutcomeClass.CONTENT: Action(0, Wait.NEVER, mark=Mark.TEMPLATE_SUSPECT, alert=True),
    OutcomeClass.CONFIG: Action(
        None,
        Wait.STEPS,
        (_MINUTE,),
        counted=False,
        failover=Failover.IF_LATE,
        mark=Mark.CIRCUIT_OPEN,
        pauses_channel=True,
        alert=True,
    ),
    # By channel, see AMBIGUOUS_ACTIONS: this row is the most careful of the three.
    OutcomeClass.AMBIGUOUS: Action(1, Wait.STEPS, (10 * _MINUTE,)),
}

AMBIGUOUS_ACTIONS: dict[Channel, Action] = {
    # WeChat drops a repeated client_msg_id for ten minutes, so both repeats must lie within them.
    Channel.WECHAT: Action(2, Wait.STEPS, (_MINUTE, 3 * _MINUTE)),
    # No SMS provider drops repeats: ask for the receipt first, and repeat once after ten silent minutes.
    Channel.SMS: Action(1, Wait.STEPS, (10 * _MINUTE,)),
    # The same Message-ID lets many mailboxes show one mail.
    Channel.MAIL: Action(1, Wait.STEPS, (5 * _MINUTE,)),
}


def action_for(cls: OutcomeClass, channel: Channel) -> Action:
    """What `cls` asks for on `channel`."""
    return AMBIGUOUS_ACTIONS[channel] if cls is OutcomeClass.AMBIGUOUS else ACTIONS[cls]


def next_try(action: Action, tries: int, now: datetime, jitter: float = 0.0) -> datetime | None:
    """When to try again after `tries` earlier repeats (0 after the first failure), or None when it is over.

    `now` is aware; `jitter` lies in −1…1 and is the caller's random number, so that this stays pure.
    """
    if action.wait is Wait.NEVER or (action.tries is not None and tries >= action.tries):
        return None
    if action.wait is Wait.NEXT_MINUTE:
        return now.replace(second=0, microsecond=0) + _MINUTE
    if action.wait is Wait.NEXT_DAY:
        return _next_midnight(now) + abs(jitter) * _HOUR
    if action.wait is Wait.BACKOFF:
        first, longest = action.steps
        return now + min(first * 2.0 ** min(tries, 20), longest) * (1 + 0.2 * jitter)
    return now + action.steps[min(tries, len(action.steps) - 1)]


def _next_midnight(now: datetime) -> datetime:
    local = local_time(now)
    tomorrow = local.date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), local.tzinfo).astimezone(now.tzinfo)
