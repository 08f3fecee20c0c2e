"""`zhida staff`: who may sign in to the console."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli.context import opened, read_settings
from cli.output import console, print_json
from core.database import unit_of_work
from core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from web.models import Account

app = typer.Typer(help="工作人员账号", no_args_is_help=True, rich_markup_mode=None)
ACTOR = "cli"
"""Under which name the audit log knows acts of this command."""


@app.callback()
def group() -> None:
    """工作人员账号。"""


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="账号名")],
    role: Annotated[list[str], typer.Option("--role", help="editor、releaser、service、admin，可重复")],
    generate: Annotated[bool, typer.Option("--generate", help="由系统生成密码并显示一次")] = False,
) -> None:
    """新增账号；密码输入两次，或用 --generate 生成。"""
    from web.staff.accounts import add_account, read_roles

    read_roles(role)
    password = secrets.token_urlsafe(12) if generate else _ask_password()
    _act("account.add", name, lambda session, now: add_account(session, name, password, role, now), roles=role)
    console.print(f"已新增账号 {name}", markup=False)
    if generate:
        console.print(f"密码（只显示这一次）：{password}", markup=False)


@app.command("list")
def list_staff(
    as_json: Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")] = False,
) -> None:
    """列出账号、角色和状态。"""
    from web.staff.accounts import list_accounts

    with opened(read_settings()) as runtime, runtime.sessions() as session:
        accounts = list_accounts(session)
    rows = [{"name": a.name, "roles": a.roles, "disabled": a.disabled_at is not None} for a in accounts]
    if as_json:
        print_json({"accounts": rows})
        return
    table = Table("账号", "角色", "状态")
    for a in accounts:
        table.add_row(a.name, "、".join(a.roles), "已停用" if a.disabled_at else "可用")
    console.print(table)


@app.command()
def disable(name: Annotated[str, typer.Argument(help="账号名")]) -> None:
    """停用账号，立即生效。"""
    _switch(name, disabled=True)
    console.print(f"已停用账号 {name}", markup=False)


@app.command()
def enable(name: Annotated[str, typer.Argument(help="账号名")]) -> None:
    """恢复账号，也解除因输错密码的锁定。"""
    _switch(name, disabled=False)
    console.print(f"已恢复账号 {name}", markup=False)


@app.command()
def password(
    name: Annotated[str, typer.Argument(help="账号名")],
    generate: Annotated[bool, typer.Option("--generate", help="由系统生成密码并显示一次")] = False,
) -> None:
    """重设密码。"""
    from web.staff.accounts import get_account, hash_password

    fresh = secrets.token_urlsafe(12) if generate else _ask_password()

    def change(session: Session, now: datetime) -> Account:
        account = get_account(session, name)
        account.password = hash_password(fresh)
        return account

    _act("account.password", name, change)
    console.print(f"已重设账号 {name} 的密码", markup=False)
    if generate:
        console.print(f"密码（只显示这一次）：{fresh}", markup=False)


def _switch(name: str, *, disabled: bool) -> None:
    from web.staff.accounts import get_account, set_disabled

    def switch(session: Session, now: datetime) -> Account:
        account = get_account(session, name)
        set_disabled(account, disabled, now)
        return account

    _act("account.disable" if disabled else "account.enable", name, switch)


def _act(act: str, name: str, change: Callable[[Session, datetime], Account], **detail: object) -> None:
    """Do it and write it down, in one transaction."""
    from web.staff.audit import record

    with opened(read_settings()) as runtime, unit_of_work(runtime.sessions) as session:
        now = runtime.clock()
        account = change(session, now)
        record(session, ACTOR, act, f"account {account.id}", now, name=name, **detail)


def _ask_password() -> str:
    if not sys.stdin.isatty():
        raise UsageError("没有终端可以输入密码，请加 --generate")
    first: str = typer.prompt("密码", hide_input=True)
    if typer.prompt("再输入一次", hide_input=True) != first:
        raise UsageError("两次输入的密码不同")
    return first
