"""Learning from answers: shutting a provider's gate, slowing down for a mail domain, stopping a template that fails."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from channels.message import Channel
from channels.outcome import HALT_AFTER, HALT_WITHIN, Mark, Outcome, OutcomeClass, action_for
from core.database import unit_of_work
from workers.claims import Settlement
from workers.gates import count_within, note_health, reopen, shut
from workers.runtime import Runtime
from workers.sending import Answered, Composed
from workers.steering import pause

log = logging.getLogger(__name__)

_FAILING = (OutcomeClass.TEMP, OutcomeClass.AMBIGUOUS)
_LEAST_TOTAL = 20
_FAILING_SHARE = 0.5
_REST = timedelta(minutes=1)


def mind_gate(
    runtime: Runtime,
    channel: Channel,
    provider: str,
    answered: Sequence[Answered],
    settlements: Sequence[Settlement],
    now: datetime,
) -> None:
    """Shut the gate where an answer asks for it or most answers are failures; reopen it where a probe went well."""
    for answer, settlement in zip(answered, settlements, strict=True):
        action = action_for(answer.outcome.cls, channel)
        until = settlement.due_at or now + _REST
        why = answer.outcome.code or answer.outcome.cls.value
        if action.pauses_channel and not answer.outcome.personal:
            shut(runtime.redis, provider, until, why, probe=action.mark is Mark.CIRCUIT_OPEN)
            log.error("%s is shut until %s: %s", provider, until, why)
            return
    failed = sum(answer.outcome.cls in _FAILING for answer in answered)
    failures, total = note_health(runtime.redis, provider, failed, len(answered), now)
    if total >= _LEAST_TOTAL and failures >= _FAILING_SHARE * total:
        shut(runtime.redis, provider, now + _REST, "failing", probe=True)
        log.error("%s is shut for a minute: %d of %d messages failed", provider, failures, total)
    elif any(answer.outcome.accepted for answer in answered):
        reopen(runtime.redis, provider)


def mind_domains(runtime: Runtime, answered: Sequence[tuple[Outcome, Composed]], now: datetime) -> None:
    """A receiving mail domain that says "too fast" rests for a minute; the others go on."""
    for outcome, composed in answered:
        if outcome.personal and outcome.cls is OutcomeClass.RATE_MIN:
            shut(runtime.redis, domain_gate(composed.message.address), now + _REST, outcome.code, probe=False)


def mind_template(runtime: Runtime, push_id: int, channel: Channel, failures: int) -> None:
    """Pause a push whose messages the provider refuses as wrong: five within a minute, and nobody else gets them."""
    if not failures:
        return
    if count_within(runtime.redis, f"content:{push_id}:{channel}", failures, HALT_WITHIN) >= HALT_AFTER:
        with unit_of_work(runtime.sessions) as session:
            pause(session, push_id)
        log.error("push %d is paused: its messages on %s are refused as wrong", push_id, channel)


def domain_gate(address: str) -> str:
    """The gate of the domain that receives mail for `address`."""
    return f"smtp:{address.rpartition('@')[2].lower()}"
