"""Templates as staff word them: proven first, every version kept, a push true to those in force when it was planned."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from channels.imprint import imprint_of
from channels.proof import find_problems
from channels.sources import Overrides, list_sources
from core.errors import InputError
from core.locks import Lock, hold_lock
from core.settings import Settings
from workers.models import TemplateOverride

_PROVIDERS = {"aliyun": "阿里云", "tencent": "腾讯云"}


def reword(
    session: Session,
    settings: Settings,
    name: str,
    words: str,
    who: str,
    now: datetime,
    codes: Mapping[str, str] | None = None,
) -> TemplateOverride:
    """Put `words` in the place of template `name` (as in channels.sources) for pushes that are planned from now on.

    An SMS goes out as its provider has registered it, so an SMS text needs `codes`: by provider in use (`aliyun`,
    `tencent`) the code of the new text. Raises InputError with all that is wrong, one Chinese sentence after the other.
    """
    problems = find_problems(name, words, imprint_of(settings), overrides_at(session, now))
    given = {provider: code.strip() for provider, code in (codes or {}).items() if code.strip()}
    if name.startswith("sms/"):
        missing = [label for provider, label in _PROVIDERS.items() if _lacks(settings, provider, given)]
        problems += [f"短信要按报备的文字发送：请先在{one}报备这段文字，再填写它的模板代码" for one in missing]
    if problems:
        raise InputError("；".join(problems))
    return _add(session, TemplateOverride(name=name, text=words, codes=given, edited_by=who, edited_at=now))


def restore(session: Session, name: str, who: str, now: datetime) -> TemplateOverride:
    """Go back to the shipped text, for pushes that are planned from now on. Raises InputError for an unknown name."""
    if name not in list_sources():
        raise InputError(f"没有叫 {name} 的模板")
    return _add(session, TemplateOverride(name=name, text=None, codes={}, edited_by=who, edited_at=now))


def list_versions(session: Session, name: str) -> Sequence[TemplateOverride]:
    """What staff made of a template, the newest first."""
    query = select(TemplateOverride).where(TemplateOverride.name == name)
    return session.scalars(query.order_by(TemplateOverride.version.desc())).all()


def overrides_at(session: Session, moment: datetime) -> Overrides:
    """The texts in force at `moment` that aren't the shipped ones, by name."""
    newest = (
        select(TemplateOverride.name, TemplateOverride.text, TemplateOverride.codes)
        .where(TemplateOverride.edited_at <= moment)
        .order_by(TemplateOverride.name, TemplateOverride.version.desc())
        .ext(distinct_on(TemplateOverride.name))
    )
    rows = [row for row in session.execute(newest) if row.text is not None]
    codes = {row.name.removesuffix(".txt") + ".codes": json.dumps(row.codes) for row in rows if row.codes}
    return {row.name: row.text for row in rows} | codes


def _lacks(settings: Settings, provider: str, codes: Mapping[str, str]) -> bool:
    return (
        any(name == provider and weight > 0 for name, weight in settings.sms_weights.items()) and provider not in codes
    )


def _add(session: Session, added: TemplateOverride) -> TemplateOverride:
    hold_lock(session, Lock.WORDING)
    latest = session.scalar(select(func.max(TemplateOverride.version)).where(TemplateOverride.name == added.name))
    added.version = (latest or 0) + 1
    session.add(added)
    session.flush()
    return added
