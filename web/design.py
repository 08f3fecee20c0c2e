"""The design system on one page."""

from fastapi import APIRouter, Request, Response

from web.pages import render

router = APIRouter()


@router.get("/_design")
def design(request: Request) -> Response:
    """Every token and component with a sample."""
    return render(request, "design.html")
