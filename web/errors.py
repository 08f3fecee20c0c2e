"""Error pages: what happened, what is kept, what to do next; in Chinese and without inner details."""

import logging
from dataclasses import dataclass

import redis
import sqlalchemy.exc
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from core.errors import ZhidaError
from web.pages import render


@dataclass(frozen=True)
class Trouble:
    """The three things an error page says."""

    happened: str
    kept: str
    next: str


KEPT = "您之前保存的信息都在，没有改动。"
TROUBLES: dict[int, Trouble] = {
    400: Trouble("这次提交的内容不完整或有误", KEPT, "请返回上一页检查后重新提交。"),
    403: Trouble("您没有权限打开这个页面", KEPT, "请使用有权限的账号登录，或从首页重新进入。"),
    404: Trouble("没有找到这个页面", KEPT, "可能是地址不完整，或该政策已经下架。请从首页搜索。"),
    405: Trouble("这个地址不支持这样打开", KEPT, "请从首页重新进入。"),
    409: Trouble(
        "页面已经过期：内容刚刚被其他人改动", "您这次的改动没有保存，原有内容不受影响。", "请刷新后重新修改。"
    ),
    410: Trouble("这个链接已经失效", KEPT, "请打开最近一条消息中的链接，或从首页进入。"),
    413: Trouble("提交的内容太大", KEPT, "请缩小文件或分几次提交。"),
    422: Trouble("这次提交的内容不完整或有误", KEPT, "请返回上一页检查后重新提交。"),
    429: Trouble("操作太频繁", KEPT, "请稍等几分钟再试。"),
    500: Trouble("系统出了点问题，没有完成这次操作", KEPT, "请稍后再试；如果一直这样，请联系客服。"),
    503: Trouble("服务暂时不可用", KEPT, "我们正在恢复，请几分钟后再试。"),
}
REDIS_AWAY = Trouble(
    "登录和填写暂时用不了",
    "已经提交的都在，没有丢失；没填完的，恢复后可能要重新填。",
    "查政策、看政策、退订照常。请过几分钟再试。",
)
REDIS_AWAY_STAFF = Trouble(
    "工作台暂时进不去：Redis 连接不上",
    "政策、定向、推送和投递都在数据库里，没有丢失；没保存的修改没有生效。",
    "请通知运维恢复 Redis（/readyz 显示当前状态）。恢复后重新登录，没发完的推送会自动继续。",
)
DATABASE_AWAY = Trouble(
    "服务暂时打不开", "您之前保存的信息都在；刚才的操作没有执行。", "我们正在恢复，请过几分钟再试。"
)
DATABASE_AWAY_STAFF = Trouble(
    "工作台暂时打不开：数据库连接不上",
    "已保存的内容都在；刚才的操作没有执行。",
    "请通知运维恢复 PostgreSQL（/readyz 显示当前状态）。恢复后刷新页面，没发完的推送会自动继续。",
)
AWAY_SECONDS = 60
"""When to come back, for machines."""

log = logging.getLogger(__name__)


def install_error_pages(app: FastAPI) -> None:
    """Have `app` answer every foreseen error in Chinese; web.security answers the others."""
    for away in (redis.ConnectionError, redis.TimeoutError):
        app.add_exception_handler(away, _redis_away)
    for lost in (sqlalchemy.exc.OperationalError, sqlalchemy.exc.TimeoutError):
        app.add_exception_handler(lost, _database_away)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ZhidaError, _refused)


def error_page(request: Request, status: int, happened: str = "") -> Response:
    """The page for `status`, or plain words for a machine; `happened` replaces the first sentence."""
    usual = TROUBLES.get(status, TROUBLES[500 if status >= 500 else 400])
    return _page(request, status, Trouble(happened or usual.happened, usual.kept, usual.next))


def _page(request: Request, status: int, trouble: Trouble) -> Response:
    if request.url.path.startswith("/hooks/"):
        return PlainTextResponse(trouble.happened, status)
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": trouble.happened, "next": trouble.next}, status)
    again = f"{request.url.path}?{request.url.query}" if status == 503 and request.method == "GET" else ""
    return render(request, "error.html", status, trouble=trouble, status=status, again=again)


def _redis_away(request: Request, error: Exception) -> Response:
    return _away(request, error, REDIS_AWAY, REDIS_AWAY_STAFF)


def _database_away(request: Request, error: Exception) -> Response:
    if isinstance(error, sqlalchemy.exc.OperationalError) and not _is_unreachable(error):
        raise error  # a deadlock, a lock that wasn't got: no outage
    return _away(request, error, DATABASE_AWAY, DATABASE_AWAY_STAFF)


def _is_unreachable(error: sqlalchemy.exc.OperationalError) -> bool:
    """Whether there was no connection (no SQLSTATE, class 08), or the server goes down or comes up (class 57P)."""
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state is None or state.startswith(("08", "57P"))


def _away(request: Request, error: Exception, residents: Trouble, staff: Trouble) -> Response:
    log.error("%s: answered 503", type(error).__name__)
    at_desk = request.url.path.startswith(("/staff", "/api/"))
    answer = _page(request, 503, staff if at_desk else residents)
    answer.headers["retry-after"] = str(AWAY_SECONDS)
    return answer


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    if 300 <= error.status_code < 400:
        return RedirectResponse((error.headers or {})["location"], error.status_code)
    answer = error_page(request, error.status_code)
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer


def _invalid(request: Request, error: Exception) -> Response:
    return error_page(request, 422)


def _refused(request: Request, error: Exception) -> Response:
    return error_page(request, 400, str(error))
