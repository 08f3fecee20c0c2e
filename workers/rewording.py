"""Templates as staff word them: proven first, every version kept, a push true to those in force when it was planned."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from channels.imprint import imprint_of
from channels.pieces import Fields, Piece
from channels.proof import find_problems
from channels.sources import Overrides, list_sources, read_source
from core.errors import InputError
from core.locks import Lock, hold_lock
from core.settings import Settings
from workers.models import TemplateOverride

PROVIDERS = {"aliyun": "阿里云", "tencent": "腾讯云"}


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
        missing = [label for provider, label in list_providers(settings).items() if provider not in given]
        problems += [f"短信要按报备的文字发送：请先在{one}报备这段文字，再填写它的模板代码" for one in missing]
    if problems:
        raise InputError("；".join(problems))
    return _add(session, TemplateOverride(name=name, text=words, codes=given, edited_by=who, edited_at=now))


def restore(session: Session, name: str, who: str, now: datetime) -> TemplateOverride:
    """Go back to the shipped text, for pushes that are planned from now on. Raises InputError for an unknown name."""
    if name not in list_sources():
        raise InputError(f"没有叫 {name} 的模板")
    return _add(session, TemplateOverride(name=name, text=None, codes={}, edited_by=who, edited_at=now))


def undo(session: Session, settings: Settings, piece: Piece, version: int, who: str, now: datetime) -> TemplateOverride:
    """Make a piece what it was in `version` (0: as shipped); other pieces of the template stay as they are.

    Raises InputError for a version that isn't there, and for words that aren't fit any more.
    """
    then, codes = overrides_of(session, piece, version)
    words = piece.write(piece.read(then), overrides_at(session, now))
    if _says_the_same(words, read_source(piece.source)):
        return restore(session, piece.source, who, now)
    return reword(session, settings, piece.source, words, who, now, codes)


def overrides_of(session: Session, piece: Piece, version: int) -> tuple[Overrides, dict[str, str]]:
    """The template of a piece as it was in `version`, and its codes. Raises InputError."""
    if version == 0:
        return {}, {}
    found = session.get(TemplateOverride, (piece.source, version))
    if found is None:
        raise InputError("没有这一版")
    return ({piece.source: found.text} if found.text is not None else {}), dict(found.codes)


def list_piece_versions(session: Session, piece: Piece) -> list[TemplateOverride]:
    """The versions in which this piece changed, the newest first."""
    changed: list[TemplateOverride] = []
    before: tuple[Fields, dict[str, str]] = piece.read(), {}
    for one in reversed(list_versions(session, piece.source)):
        words = piece.read({piece.source: one.text} if one.text is not None else {}), dict(one.codes)
        if words != before:
            changed.append(one)
        before = words
    return changed[::-1]


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


def _says_the_same(words: str, shipped: str) -> bool:
    """JSON however it is laid out."""
    if words.startswith("{"):
        return bool(json.loads(words) == json.loads(shipped))
    return words.strip() == shipped.strip()


def list_providers(settings: Settings) -> dict[str, str]:
    """The SMS providers in use, with their Chinese names: an edited text must be registered with each."""
    return {name: PROVIDERS[name] for name, weight in settings.sms_weights.items() if weight > 0}


def _add(session: Session, added: TemplateOverride) -> TemplateOverride:
    hold_lock(session, Lock.WORDING)
    latest = session.scalar(select(func.max(TemplateOverride.version)).where(TemplateOverride.name == added.name))
    added.version = (latest or 0) + 1
    session.add(added)
    session.flush()
    return added
