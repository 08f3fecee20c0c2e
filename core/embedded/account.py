"""Who the servers run as: ourselves, or an unprivileged account where we are root (PostgreSQL refuses root)."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from core.errors import ZhidaError

UNPRIVILEGED = ("pgserver", "postgres", "nobody")
CLEAN = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""The whole environment of the servers: no PGPORT, LD_PRELOAD or locale of the caller reaches them."""


@dataclass(frozen=True)
class Account:
    """A system account; `switch` tells whether a process must change to it."""

    uid: int
    gid: int
    switch: bool

    def run(
        self, args: list[str], folder: Path = Path("/"), fds: tuple[int, ...] = (), given: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run `args` in `folder` as this account, away from our terminal; what it makes is for its eyes alone.

        A daemon that it leaves behind keeps `fds`. `given` is its input. The caller looks at the return code.
        """
        return subprocess.run(  # noqa: S603 - the programs are our own and no shell is between
            args,
            cwd=folder,
            env=CLEAN,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            pass_fds=fds,
            start_new_session=True,
            umask=0o077,
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
            check=False,
        )

    def may_enter(self, folder: Path) -> bool:
        """Whether it gets through every parent into `folder`: tried, since access lists decide besides the mode."""
        return not self.switch or self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]).returncode == 0

    def make_folder(self, folder: Path) -> None:
        """Make `folder` for this account alone. Raises FileExistsError."""
        folder.mkdir(mode=0o700)
        if self.switch:
            os.chown(folder, self.uid, self.gid)


def server_account() -> Account:
    """Ourselves, or for root the first of pgserver, postgres and nobody. Raises ZhidaError where none exists."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, switch=True)
    raise ZhidaError(
        "PostgreSQL 不能以 root 运行，而系统中没有 pgserver、postgres、nobody 任何一个账户："
        "请换普通用户运行，或设置 ZHIDA_DATABASE_URL"
    )
