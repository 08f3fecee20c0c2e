"""The console as a part of the app."""

from collections.abc import Sequence

from fastapi import FastAPI

from web.parts import Parts
from web.staff import (
    channel_health,
    conditions,
    digest_article,
    digest_reading,
    digests,
    inquiries,
    oversight,
    people,
    policies,
    pushes,
    schedule,
    signing_in,
    targetings,
    templates,
    today,
)
from web.staff.desk import Wake, make_desk
from web.staff.member import Refused, SignInError
from web.staff.showing import show_refusal
from web.staff.signing_in import ask_to_sign_in
from workers.matching.asking import Matchers

PAGES = (
    signing_in,
    today,
    policies,
    targetings,
    conditions,
    pushes,
    digests,
    digest_reading,
    digest_article,
    people,
    inquiries,
    templates,
    channel_health,
    schedule,
    oversight,
)


def leave_to_rescue(push_id: int, channels: Sequence[str], urgent: bool) -> None:
    """Wake nobody: the rescue finds what is due within seconds."""


def install_console(app: FastAPI, parts: Parts, wake: Wake = leave_to_rescue, matchers: Matchers | None = None) -> None:
    """Add the console to `app`. `wake` tells the workers of a push that has begun to run; `matchers` count people."""
    app.state.desk = make_desk(parts, wake, matchers)
    app.add_exception_handler(SignInError, ask_to_sign_in)
    app.add_exception_handler(Refused, show_refusal)
    for page in PAGES:
        app.include_router(page.router)
