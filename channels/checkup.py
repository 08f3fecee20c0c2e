"""Is the service account as the settings say? What `zhida doctor` tells an operator."""

from channels.imprint import imprint_of
from channels.notice import Purpose
from channels.sources import read_table
from channels.wechat.checkup import Quota, find_template_problems, get_quota, list_notices, list_templates
from channels.wechat.client import ServiceAccount
from core.settings import Settings

LITTLE_LEFT = 0.05


def check_wechat(account: ServiceAccount, settings: Settings) -> tuple[Quota, list[str]]:
    """Today's quota of template messages, and a Chinese sentence for each problem. Raises WeChatError."""
    fields = {Purpose(name): list(layout) for name, layout in read_table("wechat.json").items()}
    templates = {name: fields[purpose] for purpose, name in imprint_of(settings).wechat_templates.items() if name}
    given = (settings.wechat_long_term, settings.wechat_one_off)
    notices = {name: fields[Purpose(purpose)] for names in given for purpose, name in names.items()}
    problems = find_template_problems(list_templates(account), templates)
    if notices:
        problems += find_template_problems(list_notices(account), notices)
    quota = get_quota(account)
    if quota.left <= quota.limit * LITTLE_LEFT:
        problems.append(f"模板消息今天只剩 {quota.left} 次")
    return quota, problems
