"""`zhida staff`: accounts from the command line, each act written down."""

import json

from sqlalchemy import select

from core.database import Sessions
from core.settings import Settings
from tests.cli.conftest import Zhida
from tests.workers.conftest import NOON
from web.models import Account, AuditEntry
from web.staff.accounts import check_sign_in
from web.staff.audit import find_break


def test_an_account_is_added_listed_shut_out_and_let_in(zhida: Zhida, settings: Settings, sessions: Sessions) -> None:
    servers = {"ZHIDA_DATABASE_URL": settings.database_url or "", "ZHIDA_REDIS_URL": settings.redis_url or ""}
    added = zhida("staff", "add", "王编辑", "--role", "editor", "--role", "service", "--generate", **servers)
    assert added.returncode == 0, added.stderr
    password = added.stdout.rpartition("：")[2].strip()
    with sessions() as session:
        assert password not in session.scalars(select(Account.password)).one()
        account, _ = check_sign_in(session, "王编辑", password, NOON)
        assert account is not None
    listed = zhida("staff", "list", "--json", **servers)
    expected = {"name": "王编辑", "roles": ["editor", "service"], "disabled": False}
    assert json.loads(listed.stdout) == {"accounts": [expected]}
    assert zhida("staff", "disable", "王编辑", **servers).returncode == 0
    with sessions() as session:
        assert check_sign_in(session, "王编辑", password, NOON)[0] is None
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
        assert find_break(session) is None
    assert acts == ["account.add", "account.disable"]


def test_mistakes_are_one_line(zhida: Zhida, settings: Settings) -> None:
    servers = {"ZHIDA_DATABASE_URL": settings.database_url or "", "ZHIDA_REDIS_URL": settings.redis_url or ""}
    for arguments, said in (
        (("add", "王", "--role", "boss", "--generate"), "角色应为"),
        (("add", "王", "--role", "editor"), "没有终端可以输入密码"),
        (("disable", "没人"), "没有账号"),
    ):
        answer = zhida("staff", *arguments, **servers)
        assert answer.returncode != 0
        assert said in answer.stderr
        assert answer.stderr.strip().count("\n") == 0
