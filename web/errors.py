"""Error pages: what happened, what is kept, what to do next; in Chinese and without inner details."""

from dataclasses import dataclass

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


def install_error_pages(app: FastAPI) -> None:
    """Have `app` answer every foreseen error in Chinese; web.security answers the others."""
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ZhidaError, _refused)


def error_page(request: Request, status: int, happened: str = "") -> Response:
    """The page for `status`, or plain words for a machine; `happened` replaces the first sentence."""
    trouble = TROUBLES.get(status, TROUBLES[500 if status >= 500 else 400])
    said = happened or trouble.happened
    if request.url.path.startswith("/hooks/"):
        return PlainTextResponse(said, status)
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": said, "next": trouble.next}, status)
    return render(request, "error.html", status, trouble=Trouble(said, trouble.kept, trouble.next), status=status)


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
