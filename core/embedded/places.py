"""Where the files of an instance lie. No permission of a folder that we did not make is ever changed."""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from core.embedded.account import Account
from core.errors import ZhidaError


@dataclass(frozen=True)
class Places:
    """The folders of one instance: its locks, the home of its data, and the name that keeps it apart from others."""

    locks: Path
    data: Path
    name: str


def find_places(var_dir: Path, account: Account) -> Places:
    """The places of the instance under `var_dir`, which is made where it is missing.

    Data lie in `var_dir` itself unless `account` can't get there (root's checkout below a closed folder). Data that
    exist are stayed with. Raises ZhidaError where they can no longer be reached or a place belongs to a stranger.
    """
    try:
        locks = var_dir.resolve() / "locks"
        locks.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ZhidaError(f"无法写入数据目录 {var_dir}（{error.strerror}）：请检查权限或设置 ZHIDA_VAR_DIR") from error
    name = hashlib.sha256(os.fsencode(locks.parent)).hexdigest()[:12]
    return Places(locks, _data_home(locks.parent, name, account), name)


def refuge() -> Path:
    """A folder of root's that every account may enter, for what lies below a closed folder. Raises ZhidaError."""
    for folder in _refuges():
        try:
            make_open_folder(folder)
        except OSError:
            continue
        refuse_stranger(folder, os.geteuid())
        return folder
    raise ZhidaError("/var/lib 与临时目录均不可写，无法存放数据库文件：请设置 ZHIDA_DATABASE_URL 与 ZHIDA_REDIS_URL")


def _refuges() -> tuple[Path, Path]:
    return Path("/var/lib/zhida"), Path(tempfile.gettempdir()) / "zhida"


def _data_home(var: Path, name: str, account: Account) -> Path:
    if not account.switch:
        return var
    for home in (var, *(folder / name for folder in _refuges())):
        if (home / "postgres").exists() or (home / "redis").exists():
            refuse_stranger(home, os.geteuid())
            if not account.may_enter(home):
                raise ZhidaError(f"{home} 中已有数据，但数据库账户无法进入该目录：请恢复其上级目录的权限")
            return home
    if account.may_enter(var):
        return var
    home = refuge() / name
    make_open_folder(home)
    return home


def make_open_folder(folder: Path) -> None:
    """Make a folder that all may enter and only we may change, whatever our umask; one that is there stays as it is."""
    try:
        folder.mkdir()
    except FileExistsError:
        return
    folder.chmod(0o755)


def refuse_stranger(folder: Path, owner: int) -> None:
    """Raise ZhidaError unless `folder` is a real folder of `owner` in which nobody else may write."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o022:
        raise ZhidaError(f"{folder} 不属于本程序（可能被他人占用）：请核实后删除它再试")
