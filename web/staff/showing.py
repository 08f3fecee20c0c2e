"""Pages of the console in its own frame."""

from typing import Any

from fastapi import Request, Response

from web.errors import KEPT, TROUBLES, Trouble
from web.pages import render
from web.staff.member import Member, Refused
from web.staff.progress import CHANNEL_LABELS, PUSH_STATES, STATE_LABELS
from web.staff.roles import ROLE_LABELS

NAVIGATION = (
    ("/staff", "今天"),
    ("/staff/policies", "政策"),
    ("/staff/pushes", "推送"),
    ("/staff/digests", "月报"),
    ("/staff/people", "订阅者"),
    ("/staff/inquiries", "留言"),
    ("/staff/templates", "模板"),
    ("/staff/channels", "渠道"),
    ("/staff/schedule", "定时"),
    ("/staff/audit", "审计"),
)


def show(request: Request, member: Member, name: str, status: int = 200, /, **context: Any) -> Response:
    """The page `name` (below templates/staff/) for `member`, who sees only the ways that are open to them."""
    return render(
        request,
        f"staff/{name}",
        status,
        member=member,
        role_labels=[ROLE_LABELS[role] for role in ROLE_LABELS if role in member.roles],
        push_states=PUSH_STATES,
        state_labels=STATE_LABELS,
        channel_labels=CHANNEL_LABELS,
        navigation=[(path, label) for path, label in NAVIGATION if member.may("GET", path)],
        **context,
    )


def show_refusal(request: Request, error: Exception) -> Response:
    """The page of a refusal; without the frame for one who isn't signed in."""
    assert isinstance(error, Refused)  # noqa: S101 - registered for this class
    usual = TROUBLES.get(error.status_code, TROUBLES[400])
    trouble = Trouble(error.happened or usual.happened, error.kept or KEPT, error.then or usual.next)
    member = getattr(request.state, "member", None)
    if member is None:
        return render(request, "staff/refused.html", error.status_code, trouble=trouble)
    return show(request, member, "trouble.html", error.status_code, trouble=trouble, back=error.back)
