"""For administrators: who has an account, and what was done."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from web.dependencies import PartsDep, SessionDep
from web.models import Account, AuditEntry
from web.staff.accounts import list_accounts, set_disabled
from web.staff.audit import find_break, record
from web.staff.member import MemberDep, Refused, StaffRoute
from web.staff.roles import ROLE_LABELS
from web.staff.showing import show

router = APIRouter(route_class=StaffRoute)
PAGE = 50
ACTS = {
    "sign_in": "登录",
    "sign_in.refused": "登录失败",
    "sign_out": "退出",
    "account.add": "新增账号",
    "account.password": "修改密码",
    "account.disable": "停用账号",
    "account.enable": "恢复账号",
    "policy.import": "导入政策",
    "policy.read": "读懂政策",
    "targeting.edit": "修改定向",
    "targeting.conditions": "修改条件",
    "targeting.confirm": "确认定向",
    "targeting.revise": "另存草稿",
    "push.plan": "生成推送",
    "push.approve": "审批推送",
    "push.pause": "暂停推送",
    "push.resume": "继续推送",
    "push.cancel": "取消推送",
    "digest.move": "月报调整顺序",
    "digest.reword": "月报改写",
    "digest.drop": "月报撤下",
    "digest.take_back": "月报恢复",
    "digest.foreword": "月报卷首语",
    "digest.preview": "查看个人版",
    "digest.release": "发布月报",
    "people.search": "查找订阅者",
    "people.look": "查看订阅者",
    "people.why": "查询推送原因",
    "template.edit": "修改消息模板",
    "template.restore": "退回消息模板",
    "inquiry.look": "查看留言",
    "inquiry.answer": "回复留言",
    "inquiry.close": "留言标记已处理",
}


@router.get("/staff/audit")
def audit_page(
    request: Request,
    member: MemberDep,
    session: SessionDep,
    actor: Annotated[str, Query(max_length=80)] = "",
    act: str = "",
    check: str = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The log, the newest first; `check` goes through the whole chain."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc())
    if actor.strip():
        query = query.where(AuditEntry.actor == actor.strip())
    if act in ACTS:
        query = query.where(AuditEntry.act == act)
    rows = list(session.scalars(query.limit(PAGE + 1).offset((page - 1) * PAGE)))
    last = session.scalar(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
    return show(
        request,
        member,
        "audit.html",
        rows=rows[:PAGE],
        more=len(rows) > PAGE,
        last=last,
        acts=ACTS,
        actor=actor,
        act=act,
        page=page,
        checked=bool(check),
        broken=find_break(session) if check else None,
    )


@router.get("/staff/accounts")
def accounts_page(request: Request, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    return show(
        request, member, "accounts.html", accounts=list_accounts(session), labels=ROLE_LABELS, now=parts.clock()
    )


@router.post("/staff/accounts/{account_id}")
def switch_account(
    account_id: int,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    disable: Annotated[str, Form()] = "",
) -> Response:
    """Shut an account out, or let it in again; nobody shuts themselves out."""
    account = session.get(Account, account_id, with_for_update=True) if 0 < account_id < 2**63 else None
    if account is None:
        raise Refused(404, "没有这个账号")
    if account.id == member.account_id:
        raise Refused(409, "不能停用自己的账号", then="请让另一位管理员来做。")
    set_disabled(account, bool(disable), parts.clock())
    act = "account.disable" if disable else "account.enable"
    record(session, member.name, act, f"account {account.id}", parts.clock(), name=account.name)
    return RedirectResponse("/staff/accounts", 303)
