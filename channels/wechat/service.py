"""What people meet of the service account beside messages: QR codes to bind, the menu, sign-in on web pages.

Source: developers.weixin.qq.com, pages 带参数的二维码, 自定义菜单, 网页授权.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from channels.wechat.client import ServiceAccount, WeChatError

AUTHORIZE = "https://open.weixin.qq.com"
SHOW = "https://mp.weixin.qq.com"
LONGEST_LIFE = 2_592_000


@dataclass(frozen=True, slots=True)
class QrCode:
    """A code that leads to the account. `content` is what the picture encodes, `image_url` WeChat's picture of it."""

    scene: str
    content: str
    image_url: str
    seconds: int


def make_qr(account: ServiceAccount, scene: str, seconds: int) -> QrCode:
    """A code that brings `scene` (1–64 characters) back with the follow or scan event. Raises WeChatError."""
    if not 1 <= len(scene) <= 64 or not 1 <= seconds <= LONGEST_LIFE:
        raise ValueError("scene takes 1–64 characters and lives at most 30 days")
    action = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
    answer = account.post("qrcode/create", data={"expire_seconds": seconds, **action})
    picture = f"{SHOW}/cgi-bin/showqrcode?ticket={quote(answer['ticket'], safe='')}"
    return QrCode(scene, str(answer["url"]), picture, int(answer["expire_seconds"]))


@dataclass(frozen=True, slots=True)
class Button:
    """A menu entry: opens `url`, or sends `key` to us, or holds up to five others."""

    name: str
    url: str = ""
    key: str = ""
    buttons: tuple["Button", ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As menu/create wants it."""
        if self.buttons:
            return {"name": self.name, "sub_button": [button.to_json() for button in self.buttons]}
        if self.url:
            return {"type": "view", "name": self.name, "url": self.url}
        return {"type": "click", "name": self.name, "key": self.key}


def publish_menu(account: ServiceAccount, buttons: Sequence[Button]) -> bool:
    """Make `buttons` (1–3) the menu; False when it is so already. Raises WeChatError."""
    wanted = [button.to_json() for button in buttons]
    if _find_menu(account) == wanted:
        return False
    account.post("menu/create", data={"button": wanted})
    return True


def _find_menu(account: ServiceAccount) -> Any:
    try:
        return account.get("menu/get")["menu"]["button"]
    except WeChatError as error:
        if error.code == "46003":  # none yet
            return None
        raise


@dataclass(frozen=True, slots=True)
class SignIn:
    """The way to WeChat's sign-in page. `base` is that of WeChat or of a simulator."""

    appid: str
    base: str = field(default=AUTHORIZE)

    def address(self, back_to: str, state: str) -> str:
        """Where to send a person who reads in WeChat; comes back to `back_to` with `code` and `state` (≤ 128)."""
        query = {
            "appid": self.appid,
            "redirect_uri": back_to,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state,
        }
        return f"{self.base}/connect/oauth2/authorize?{urlencode(query)}#wechat_redirect"
