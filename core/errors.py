"""Errors that a person is meant to read: one Chinese sentence, what is wrong and what to do next."""


class ZhidaError(Exception):
    """The work can't be done; the text is shown to the user as it is (Chinese, no addresses, no traceback)."""

    exit_status = 1


class UsageError(ZhidaError):
    """The command was called wrongly."""

    exit_status = 2


class InputError(ZhidaError):
    """A file or a line of it is not usable.

    `where` names the file and, where there is one, the line: `people.csv 第7行`.
    """

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(f"{where}：{reason}" if where else reason)
        self.reason = reason
        self.where = where
