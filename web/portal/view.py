"""The elder view (长辈版): larger type and targets, one column. Kept in a cookie that says nothing else."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from web.pages import ELDER_COOKIE

router = APIRouter()
A_YEAR = 365 * 24 * 3600


@router.post("/view")
def choose_view(view: Annotated[str, Form()], back: Annotated[str, Form()] = "/") -> RedirectResponse:
    """Remember the view and go back to where one was."""
    answer = RedirectResponse(local_path(back), 303)
    if view == "elder":
        answer.set_cookie(ELDER_COOKIE, "elder", max_age=A_YEAR, httponly=True, samesite="lax")
    else:
        answer.delete_cookie(ELDER_COOKIE)
    return answer


def local_path(path: str) -> str:
    """`path` where it is one of ours, else the home page: a form must not send people to another site."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if safe else "/"
