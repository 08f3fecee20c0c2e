"""What a delivery becomes: before sending (may it go out now?) and after (what did the provider say?). Pure."""

from datetime import datetime, timedelta

from channels.message import Channel
from channels.outcome import Failover, Outcome, OutcomeClass, action_for, next_try
from workers.claims import Claim, Held, Settlement
from workers.models import DeliveryState
from workers.restraint import Restraint, quiet_until

ERASED = "订阅者已注销"
NO_CONSENT = "未同意或已撤回同意"
UNREACHABLE = "没有可用的联系方式"
CAPPED = "超过接收频次，转入月报"
LATE = "已过发送期限"
FORGOTTEN = "结果未知，且已过可以安全重发的时间"
WECHAT_REMEMBERS = timedelta(minutes=9, seconds=30)
"""WeChat drops a repeated client_msg_id for ten minutes; later a repeat might be a second message, so there is none."""
MOST_KINDS = 3
"""Kinds of message tried on one channel, one after the other."""


def hold_back(
    claim: Claim, restraint: Restraint, now: datetime, expires_at: datetime | None, *, capped: bool = True
) -> Settlement | None:
    """Why a claimed delivery must not be sent now, or None where it may. The last look before the provider's call."""
    if claim.kind is None:
        return Settlement(claim, DeliveryState.SUPPRESSED, ERASED)
    if expires_at is not None and now >= expires_at:
        return Settlement(claim, DeliveryState.EXPIRED, LATE)
    if claim.channel == Channel.WECHAT and claim.tried_at is not None and now - claim.tried_at > WECHAT_REMEMBERS:
        return Settlement(claim, DeliveryState.FAILED, FORGOTTEN, claim.attempts)
    if not claim.consented or claim.suppressed:
        return _next_channel(claim, now, NO_CONSENT, DeliveryState.SUPPRESSED)
    if claim.sealed is None or not claim.verified:
        return _next_channel(claim, now, UNREACHABLE, DeliveryState.SUPPRESSED)
    quiet_end = quiet_until(now, claim.quiet_start or restraint.quiet_start, claim.quiet_end or restraint.quiet_end)
    if quiet_end is not None:
        return wait(claim, "免打扰时段", quiet_end)
    daily = restraint.daily_cap if claim.daily_cap is None else claim.daily_cap
    weekly = restraint.weekly_cap if claim.weekly_cap is None else claim.weekly_cap
    if capped and (claim.sent_today >= daily or claim.sent_week >= weekly):
        return Settlement(claim, DeliveryState.SUPPRESSED, CAPPED)
    return None


def wait(claim: Claim, why: str, until: datetime) -> Settlement:
    """Put off a claimed delivery that hasn't been sent: no try is used up, and a repeat stays one."""
    return Settlement(claim, DeliveryState.RETRY, why, claim.attempts, keep_attempt=claim.repeats, due_at=until)


def settle_outcome(
    claim: Held,
    outcome: Outcome,
    now: datetime,
    jitter: float,
    expires_at: datetime | None,
    reasons: str | None = None,
) -> Settlement:
    """What the provider's answer makes of a delivery (reference: the action table of channels.outcome).

    `jitter` is a random number in −1…1. Classes that aren't the message's fault don't use up its tries.
    """
    if outcome.accepted:
        return Settlement(claim, DeliveryState.ACCEPTED, attempts=claim.attempts + 1, reasons=reasons)
    action = action_for(outcome.cls, Channel(claim.channel))
    tries = claim.attempts + 1 if action.counted else claim.attempts
    due_at = next_try(action, claim.attempts, now, jitter)
    late = due_at is not None and expires_at is not None and due_at >= expires_at
    detail = outcome.detail or outcome.code or outcome.cls.value
    if outcome.cls is OutcomeClass.AMBIGUOUS:
        # Nobody knows whether it arrived: never another channel. A receipt may still settle it.
        if due_at is None or late:
            return Settlement(claim, DeliveryState.FAILED, f"结果未知：{detail}", tries)
        return Settlement(claim, DeliveryState.UNKNOWN, detail, tries, due_at=due_at)
    if due_at is not None and not late:
        return Settlement(claim, DeliveryState.RETRY, detail, tries, keep_attempt=False, due_at=due_at)
    if action.failover is Failover.OTHER_KIND and tries <= MOST_KINDS:
        # The composer chooses the kind anew, by what this answer taught, or goes on to the next channel itself.
        return Settlement(claim, DeliveryState.RETRY, detail, tries, keep_attempt=False, due_at=now)
    may_advance = action.failover in (Failover.YES, Failover.IF_CONSENTED, Failover.OTHER_KIND) or (
        late and action.failover is Failover.IF_LATE
    )
    if may_advance:
        return _next_channel(claim, now, detail, DeliveryState.FAILED, tries)
    return Settlement(claim, DeliveryState.EXPIRED if late else DeliveryState.FAILED, detail, tries)


def _next_channel(
    claim: Held, now: datetime, detail: str, otherwise: DeliveryState, attempts: int | None = None
) -> Settlement:
    if claim.has_fallback:
        return Settlement(claim, DeliveryState.RETRY, detail, 0, advance=True, keep_attempt=False, due_at=now)
    return Settlement(claim, otherwise, detail, claim.attempts if attempts is None else attempts)
