"""What the service says of itself: how personal information is used, and help."""

from fastapi import APIRouter, Request, Response

from web.pages import render
from web.portal.consent_text import RECOMMEND, VERSION, push_text

router = APIRouter()

ANSWERS = (
    ("怎么不再收消息？", "打开任何一条消息里的退订链接，选停掉哪些；或者微信回复“退订”、短信回复“T”。马上生效。"),
    ("为什么发给我？", "每条消息和它的页面都写着理由：您订阅了哪个主题，您的哪项情况符合哪条规定。"),
    (
        "为什么没有发给我？",
        "到“我的”，在“为什么没有推给我”里输入政策标题，就能看到每个条件的判断。资料不对可以马上更正。",
    ),
    ("判断“符合”就一定能办吗？", "这是按政策原文和您的资料作的初步判断，最终以主管部门审核为准。"),
    ("怎么看大字？", "点页面右上角的“长辈版”，字会变大，页面变成一栏。"),
)


@router.get("/privacy")
def privacy(request: Request) -> Response:
    """How personal information is used, with the very words of the consents."""
    words = push_text(["微信", "短信", "邮件"])
    return render(request, "portal/privacy.html", push_text=words, recommend_text=RECOMMEND, version=VERSION)


@router.get("/help")
def show_help(request: Request) -> Response:
    """What is asked most."""
    return render(request, "portal/help.html", answers=ANSWERS)
