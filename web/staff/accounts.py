"""Accounts of staff: passwords are kept as argon2id (RFC 9106), and guessing is slowed down by growing pauses."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import local_time
from core.errors import InputError, ZhidaError
from web.models import Account
from web.staff.roles import Role

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
FREE_TRIES = 5
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
REFUSED = "账号或密码不对"
_NAME_LETTERS = 40

hasher = PasswordHasher()


def add_account(session: Session, name: str, password: str, roles: Iterable[str], now: datetime) -> Account:
    """A new member of staff. Raises InputError for a name that is taken or no name, a weak password, unknown roles."""
    name = name.strip()
    if not name or len(name) > _NAME_LETTERS or not name.isprintable():
        raise InputError(f"账号名应为 1 到 {_NAME_LETTERS} 个字")
    if find_account(session, name) is not None:
        raise InputError(f"账号 {name} 已经存在")
    account = Account(name=name, password=hash_password(password), roles=read_roles(roles), failures=0, created_at=now)
    session.add(account)
    session.flush()
    return account


def read_roles(given: Iterable[str]) -> list[str]:
    """Roles by name, each once. Raises InputError where there is none or one that doesn't exist."""
    roles = list(dict.fromkeys(given))
    unknown = [role for role in roles if role not in list(Role)]
    if unknown or not roles:
        raise InputError(f"角色应为 {'、'.join(Role)} 中的一个或几个")
    return roles


def hash_password(password: str) -> str:
    """The password as it is kept. Raises InputError for one that is too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InputError(f"密码至少 {SHORTEST_PASSWORD} 个字符")
    return hasher.hash(password)


def find_account(session: Session, name: str) -> Account | None:
    return session.scalar(select(Account).where(Account.name == name.strip()))


def get_account(session: Session, name: str) -> Account:
    """Raises ZhidaError where there is none."""
    account = find_account(session, name)
    if account is None:
        raise ZhidaError(f"没有账号 {name}")
    return account


def list_accounts(session: Session) -> list[Account]:
    return list(session.scalars(select(Account).order_by(Account.name)))


def set_disabled(account: Account, disabled: bool, now: datetime) -> None:
    """Shut an account out from its next request on, or let it in again (also one that is locked)."""
    account.disabled_at = now if disabled else None
    account.failures, account.locked_until = 0, None


def check_sign_in(session: Session, name: str, password: str, now: datetime) -> tuple[Account | None, str]:
    """The account whose password this is, or None and why not. Counts failures, so commit it in either case.

    An unknown name takes as long as a wrong password and gets the same answer.
    """
    account = session.scalar(select(Account).where(Account.name == name.strip()).with_for_update())
    if account is None or account.disabled_at is not None:
        _matches(_nobody(), password)
        return None, REFUSED
    if account.locked_until is not None and now < account.locked_until:
        return None, f"输错次数太多，{local_time(account.locked_until):%H:%M} 之后再试"
    if not _matches(account.password, password):
        account.failures += 1
        account.locked_until = _locked_until(account.failures, now)
        return None, REFUSED
    account.failures, account.locked_until = 0, None
    if hasher.check_needs_rehash(account.password):
        account.password = hasher.hash(password)
    return account, ""


def _locked_until(failures: int, now: datetime) -> datetime | None:
    """From the fifth failure on a pause, doubled by each further one."""
    if failures < FREE_TRIES:
        return None
    return now + min(FIRST_PAUSE * float(2 ** min(failures - FREE_TRIES, 16)), LONGEST_PAUSE)


def _matches(kept: str, password: str) -> bool:
    try:
        return hasher.verify(kept, password[:LONGEST_PASSWORD])
    except VerificationError:
        return False


@lru_cache
def _nobody() -> str:
    return hasher.hash("the password of nobody")
