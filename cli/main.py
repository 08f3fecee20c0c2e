"""`zhida`: puts the groups together and turns errors into one Chinese line and an exit status."""

import signal
import sys
from collections.abc import Sequence
from importlib import import_module

import typer
from typer.exceptions import Abort, Exit, TyperException

from cli.output import console, errors
from cli.wording import usage_message
from core.errors import ZhidaError
from core.logs import configure_logging

_COMMANDS = {
    "demo": ("demo",),
    "services": ("up", "web", "worker", "scheduler", "simulators"),
    "policies": ("import", "push", "explain"),
    "lookback": ("lookback",),
    "reading": ("read", "judge", "train"),
    "search": ("search",),
    "doctor": ("doctor",),
}
"""The modules of `cli` that add commands to the top level, in the order of the help."""

_GROUPS = {
    "db": "database",
    "bench": "bench",
    "digest": "digest",
    "subscribers": "people",
    "staff": "staff",
    "channels": "providers",
}
"""Commands with commands of their own, and the modules of `cli` that hold them."""


def make_app(words: Sequence[str] = ()) -> typer.Typer:
    """The command with what `words` can mean; with everything where they name no command.

    Loading all takes seconds, which nobody should wait for who runs one of them.
    """
    app = typer.Typer(
        help="政策直达：读懂政策，找到该知道的人，送到他们手里。",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(options)
    modules = [module for module, names in _COMMANDS.items() if set(names) & set(words)]
    groups = [group for group in _GROUPS if group in words]
    if not modules and not groups:
        modules, groups = list(_COMMANDS), list(_GROUPS)
    for module in modules:
        import_module(f"cli.{module}").register(app)
    for group in groups:
        app.add_typer(import_module(f"cli.{_GROUPS[group]}").app, name=group)
    return app


def options(
    debug: bool = typer.Option(False, "--debug", help="出错时显示完整的调用栈"),
    log_level: str = typer.Option("WARNING", "--log-level", help="日志级别：DEBUG、INFO、WARNING、ERROR"),
) -> None:
    """Common options."""
    configure_logging("DEBUG" if debug else log_level)


def main() -> None:
    """The entry point: 0 done, 1 the work failed, 2 called wrongly. `--debug` raises instead of telling."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if "--debug" in sys.argv:
        sys.argv = [sys.argv[0], "--debug", *(word for word in sys.argv[1:] if word != "--debug")]
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and answer its exit status."""
    try:
        return int(make_app(arguments)(arguments, prog_name="zhida", standalone_mode=False) or 0)
    except Exit as done:
        return done.exit_code
    except ZhidaError as error:
        return _tell(str(error), error.exit_status, error)
    except TyperException as error:
        if error.format_message().startswith("Usage:"):  # a group without a command: show what there is
            console.print(error.format_message(), markup=False)
            return error.exit_code
        return _tell(usage_message(error.format_message()), error.exit_code, error)
    except (KeyboardInterrupt, Abort):
        return _tell("已中断", 130, None)
    except BrokenPipeError:
        return 1
    except Exception as error:
        name = type(error).__name__
        return _tell(f"内部错误（{name}），请加 --debug 重新运行并把输出交给维护人员", 1, error)


def _tell(message: str, status: int, error: Exception | None) -> int:
    if error is not None and "--debug" in sys.argv:
        raise error
    errors.print(" ".join(message.split("\n")), markup=False, style="red" if errors.is_terminal else None)
    return status
