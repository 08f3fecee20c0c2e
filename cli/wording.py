"""What goes wrong in calling a command, in one Chinese line."""

import re

_PATTERNS: tuple[tuple[str, str], ...] = (
    (r"No such command '(.+?)'", "没有命令 {0}，请用 zhida --help 查看全部命令"),
    (r"No such option:? '?([^' ]+)'?", "没有选项 {0}，请在命令后加 --help 查看用法"),
    (r"Missing argument '(.+?)'", "缺少参数 {0}"),
    (r"Missing option '(.+?)'", "缺少选项 {0}"),
    (r"Missing command", "缺少子命令，请在后面加 --help 查看用法"),
    (r"Invalid value for '(.+?)': Input should be a valid integer", "{0} 应为整数"),
    (r"Invalid value for '(.+?)': (?:Path|File|Directory) '(.+?)' does not exist", "{0}：{1} 不存在"),
    (r"Invalid value for '(.+?)': (.+)", "{0} 的值不对：{1}"),
    (r"Option '(.+?)' requires an argument", "选项 {0} 后面要有一个值"),
    (r"Got unexpected extra arguments? \((.+?)\)", "多出了参数 {0}"),
)


def usage_message(message: str) -> str:
    """The Chinese line for a usage error of the command-line library; its own words where we have none."""
    for pattern, chinese in _PATTERNS:
        if found := re.search(pattern, message):
            return "用法错误：" + chinese.format(*found.groups())
    return f"用法错误：{message}"
