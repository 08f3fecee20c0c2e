"""The folder of a server's socket: short, since the path of a socket is limited, and closed to everyone else."""

import os
import shutil
import tempfile
from pathlib import Path

from core.embedded.account import Account
from core.embedded.places import refuse_stranger
from core.errors import ZhidaError

SOCKET_LIMIT = 103
"""Bytes in the path of a unix socket: `sun_path` in <sys/un.h> has 108 on Linux, 104 on macOS, with a closing zero."""
LONGEST_SOCKET = ".s.PGSQL.5432"


class SocketFolder:
    """A folder in the temporary directory that only the server's account (and root) may enter.

    It lives as long as the server does. Everyone may write in the temporary directory, so a folder that is already
    there is looked at before it is trusted.
    """

    def __init__(self, name: str, account: Account) -> None:
        """Raises ZhidaError where the path would be too long for a socket."""
        base = Path("/tmp")  # noqa: S108 - short, and the same for each process of a user whatever its TMPDIR
        if not os.access(base, os.W_OK | os.X_OK):
            base = Path(tempfile.gettempdir())
        self.path = base / f"zhida-{name}"
        self._account = account
        if len(os.fsencode(self.path / LONGEST_SOCKET)) > SOCKET_LIMIT:
            raise ZhidaError(f"临时目录路径过长，无法建立套接字：{base}，请把 TMPDIR 设为较短的路径")

    def exists(self) -> bool:
        """Whether it is there. Raises ZhidaError where it is a stranger's."""
        try:
            refuse_stranger(self.path, self._account.uid)
        except FileNotFoundError:
            return False
        return True

    def renew(self) -> None:
        """Make it, empty: the socket of a killed server would be in the way. Raises ZhidaError for a stranger's."""
        self.remove()
        self._account.make_folder(self.path)

    def remove(self) -> None:
        """Remove it with whatever a killed server left in it."""
        if self.exists():
            shutil.rmtree(self.path)
