"""What an operator wants to know of the account: are the templates there, and how much may still be sent today?"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from channels.wechat.client import OFFICIAL, ServiceAccount

_FIELD = re.compile(r"\{\{(\w+)\.DATA\}\}")
SEND_PATH = "/cgi-bin/message/template/send"
MASS_PATH = "/cgi-bin/message/mass/sendall"


@dataclass(frozen=True, slots=True)
class Quota:
    """Calls of one endpoint today."""

    limit: int
    used: int

    @property
    def left(self) -> int:
        """What remains."""
        return max(0, self.limit - self.used)


def list_templates(account: ServiceAccount) -> dict[str, list[str]]:
    """The fields of every template of the account, by template id. Raises WeChatError."""
    found = account.get("template/get_all_private_template")["template_list"]
    return {str(one["template_id"]): _FIELD.findall(str(one.get("content") or "")) for one in found}


def list_notices(account: ServiceAccount) -> dict[str, list[str]]:
    """The fields of every subscription notice of the account, by template id. Raises WeChatError."""
    found = account.get(f"{OFFICIAL}/wxaapi/newtmpl/gettemplate")["data"]
    return {str(one["priTmplId"]): _FIELD.findall(str(one.get("content") or "")) for one in found}


def find_template_problems(present: Mapping[str, Iterable[str]], wanted: Mapping[str, Iterable[str]]) -> list[str]:
    """One Chinese sentence for each wanted template that is missing or has other fields."""
    problems = []
    for name, fields in wanted.items():
        if name not in present:
            problems.append(f"公众号里没有模板 {name}")
        elif missing := sorted(set(present[name]) - set(fields)):
            problems.append(f"模板 {name} 的字段 {'、'.join(missing)} 没有内容可填")
        elif surplus := sorted(set(fields) - set(present[name])):
            problems.append(f"模板 {name} 里没有字段 {'、'.join(surplus)}")
    return problems


def get_quota(account: ServiceAccount, path: str = SEND_PATH) -> Quota:
    """Today's quota of the endpoint `path`. Raises WeChatError."""
    quota = account.post("openapi/quota/get", data={"cgi_path": path})["quota"]
    return Quota(int(quota["daily_limit"]), int(quota["used"]))
