"""`zhida`: puts the groups together and turns errors into one Chinese line and an exit status."""

import signal
import sys

import typer
from typer.exceptions import Abort, Exit, TyperException

from cli import (
    bench,
    database,
    demo,
    digest,
    doctor,
    lookback,
    people,
    policies,
    providers,
    reading,
    search,
    services,
    staff,
)
from cli.output import console, errors
from cli.wording import usage_message
from core.errors import ZhidaError
from core.logs import configure_logging

app = typer.Typer(
    help="政策直达：读懂政策，找到该知道的人，送到他们手里。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (demo, services, policies, lookback, reading, search, doctor):
    group.register(app)
app.add_typer(database.app, name="db")
app.add_typer(bench.app, name="bench")
app.add_typer(digest.app, name="digest")
app.add_typer(people.app, name="subscribers")
app.add_typer(staff.app, name="staff")
app.add_typer(providers.app, name="channels")


@app.callback()
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
        return int(app(arguments, prog_name="zhida", standalone_mode=False) or 0)
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
