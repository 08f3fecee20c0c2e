"""The three senders of a process, made from its settings. Without credentials a sender talks to the simulators."""

from collections.abc import Callable

from redis import Redis

from channels.mail.dkim import DkimSigner, load_signer
from channels.mail.sender import MailSender, Relay
from channels.message import Channel
from channels.notice import Purpose
from channels.sender import Sender
from channels.sms import aliyun, tencent
from channels.sms.aliyun import AliyunSender
from channels.sms.shared import SharedSmsSender
from channels.sms.tencent import TencentSender
from channels.wechat.client import OFFICIAL, ServiceAccount
from channels.wechat.grants import GrantType
from channels.wechat.sender import WeChatSender
from channels.wechat.service import AUTHORIZE, SignIn
from core.clock import Clock, system_clock
from core.errors import ZhidaError
from core.settings import Settings

SIMULATED_APPID = "wx-simulator"
SIMULATED_KEY_ID = "simulator"
SIMULATED_SECRET = "simulator"  # noqa: S105 - opens the simulator only


def make_senders(settings: Settings, redis: Redis, clock: Clock = system_clock) -> dict[Channel, Sender]:
    """One sender per channel, safe for the threads of one process. Close them when the process ends."""
    return {
        Channel.WECHAT: WeChatSender(make_account(settings, redis)),
        Channel.SMS: _sms(settings),
        Channel.MAIL: MailSender(_relay(settings), clock),
    }


def make_account(settings: Settings, redis: Redis) -> ServiceAccount:
    """The service account's client, for everything beside sending: QR codes, menu, drafts, followers."""
    if settings.wechat_appid and settings.wechat_secret:
        base = settings.wechat_base_url or OFFICIAL
        return ServiceAccount(settings.wechat_appid, settings.wechat_secret.get_secret_value(), redis, base)
    base = settings.wechat_base_url or f"http://{_simulator(settings)}"
    return ServiceAccount(SIMULATED_APPID, SIMULATED_SECRET, redis, base)


def make_sign_in(settings: Settings) -> SignIn:
    """The way to the page on which WeChat tells who somebody is."""
    if settings.wechat_appid and settings.wechat_secret:
        return SignIn(settings.wechat_appid, settings.wechat_base_url or AUTHORIZE)
    return SignIn(SIMULATED_APPID, settings.wechat_base_url or f"http://{_simulator(settings)}")


def grant_types(settings: Settings, purpose: Purpose | None = None) -> dict[str, GrantType]:
    """Our subscription templates by id, of one purpose or of all: what followers may grant."""
    by_type = {GrantType.LONG_TERM: settings.wechat_long_term, GrantType.ONE_OFF: settings.wechat_one_off}
    return {
        template: grant_type
        for grant_type, templates in by_type.items()
        for name, template in templates.items()
        if purpose in (None, name)
    }


def mail_secret(settings: Settings) -> bytes:
    """The key that marks Message-IDs and bounce addresses as ours; senders and receipt readers share it."""
    return (settings.link_key or settings.hook_secret).get_secret_value().encode()


def find_signer(settings: Settings) -> DkimSigner | None:
    """Who signs our mails; None where the mail server does. Raises ZhidaError for a key that can't be used."""
    if settings.dkim_key is None:
        return None
    domain = settings.dkim_domain or settings.mail_from.rsplit("@", 1)[-1]
    return load_signer(settings.dkim_key, settings.dkim_selector, domain)


def _sms(settings: Settings) -> Sender:
    makers: dict[str, Callable[[Settings], Sender]] = {"aliyun": _aliyun, "tencent": _tencent}
    used = [(makers[name](settings), weight) for name, weight in settings.sms_weights.items() if weight > 0]
    if not used:
        raise ZhidaError("没有可用的短信服务商：请在 ZHIDA_SMS_WEIGHTS 里给至少一家大于 0 的份额")
    return used[0][0] if len(used) == 1 else SharedSmsSender(used)


def find_aliyun(settings: Settings) -> AliyunSender | None:
    """The sender of the Aliyun account in the settings; None where there is none."""
    named = settings.aliyun_access_key_id or settings.aliyun_endpoint
    return _aliyun(settings) if named and settings.sms_weights.get("aliyun", 0) > 0 else None


def _aliyun(settings: Settings) -> AliyunSender:
    templates = {str(purpose): aliyun_template(settings, purpose) for purpose in Purpose}
    if settings.aliyun_access_key_id and settings.aliyun_access_key_secret:
        secret = settings.aliyun_access_key_secret.get_secret_value()
        endpoint = settings.aliyun_endpoint or aliyun.OFFICIAL
        return AliyunSender(settings.aliyun_access_key_id, secret, templates, endpoint, settings.aliyun_protocol)
    endpoint = settings.aliyun_endpoint or _simulator(settings)
    return AliyunSender(SIMULATED_KEY_ID, SIMULATED_SECRET, templates, endpoint, "http")


def _tencent(settings: Settings) -> TencentSender:
    app, region = settings.tencent_sdk_app_id, settings.tencent_region
    templates = {str(purpose): tencent_template(settings, purpose) for purpose in Purpose}
    if settings.tencent_secret_id and settings.tencent_secret_key:
        key = settings.tencent_secret_key.get_secret_value()
        endpoint = settings.tencent_endpoint or tencent.OFFICIAL
        protocol = settings.tencent_protocol
        return TencentSender(settings.tencent_secret_id, key, app, templates, region, endpoint, protocol)
    endpoint = settings.tencent_endpoint or _simulator(settings)
    return TencentSender(SIMULATED_KEY_ID, SIMULATED_SECRET, app, templates, region, endpoint, "http")


def aliyun_template(settings: Settings, purpose: Purpose) -> str:
    """The code under which the SMS text of `purpose` is registered with Aliyun."""
    if purpose is Purpose.POLICY:
        return settings.aliyun_template_policy
    return settings.aliyun_templates.get(purpose, f"SMS_{purpose.upper()}")


def tencent_template(settings: Settings, purpose: Purpose) -> str:
    """The id under which the SMS text of `purpose` is registered with Tencent."""
    return settings.tencent_templates.get(purpose, f"SMS_{purpose.upper()}")


def _relay(settings: Settings) -> Relay:
    simulated = settings.smtp_host is None
    return Relay(
        host=settings.smtp_host or settings.simulator_host,
        port=settings.simulator_smtp_port if simulated else settings.smtp_port,
        sender=settings.mail_from,
        sender_name=settings.mail_from_name,
        bounce_domain=settings.bounce_domain,
        secret=mail_secret(settings),
        user="" if simulated else settings.smtp_user or "",
        password="" if simulated or not settings.smtp_password else settings.smtp_password.get_secret_value(),
        starttls=settings.smtp_starttls and not simulated,
        signer=find_signer(settings),
    )


def _simulator(settings: Settings) -> str:
    return f"{settings.simulator_host}:{settings.simulator_port}"
