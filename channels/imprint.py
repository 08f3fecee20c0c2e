"""Under which name we write: what every message of this installation shares."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from channels.notice import Purpose
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Imprint:
    """The sender as people see it.

    `link_prefix` ends in `/s/` and is part of the registered SMS text; only the code behind it is a variable.
    `wechat_templates` name the template ids of the service account by purpose.
    """

    name: str
    sign_name: str
    link_prefix: str
    list_id: str
    wechat_templates: Mapping[Purpose, str] = field(default_factory=dict)

    @property
    def home(self) -> str:
        """The address of the portal, ending in `/`."""
        return self.link_prefix.removesuffix("s/")


def imprint_of(settings: Settings) -> Imprint:
    """The imprint that the settings describe."""
    return Imprint(
        name=settings.mail_from_name,
        sign_name=settings.aliyun_sign_name,
        link_prefix=settings.public_url.rstrip("/") + "/s/",
        list_id="policy." + settings.mail_from.rsplit("@", 1)[-1],
        wechat_templates={purpose: _wechat_template(settings, purpose) for purpose in Purpose},
    )


def _wechat_template(settings: Settings, purpose: Purpose) -> str:
    if purpose is Purpose.POLICY:
        return settings.wechat_template_policy
    return settings.wechat_templates.get(purpose, f"TPL-{purpose.upper()}")
