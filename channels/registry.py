"""The three senders of a process, made from its settings. Without credentials a sender talks to the simulators."""

from redis import Redis

from channels.mail.sender import MailSender, Relay
from channels.message import Channel
from channels.notice import Purpose
from channels.sender import Sender
from channels.sms import aliyun
from channels.sms.aliyun import AliyunSender
from channels.wechat.client import OFFICIAL, ServiceAccount
from channels.wechat.sender import WeChatSender
from core.clock import Clock, system_clock
from core.settings import Settings

SIMULATED_APPID = "wx-simulator"
SIMULATED_KEY_ID = "simulator"
SIMULATED_SECRET = "simulator"  # noqa: S105 - opens the simulator only


def make_senders(settings: Settings, redis: Redis, clock: Clock = system_clock) -> dict[Channel, Sender]:
    """One sender per channel, safe for the threads of one process. Close them when the process ends."""
    return {
        Channel.WECHAT: WeChatSender(make_account(settings, redis)),
        Channel.SMS: _aliyun(settings),
        Channel.MAIL: MailSender(_relay(settings), clock),
    }


def make_account(settings: Settings, redis: Redis) -> ServiceAccount:
    """The service account's client, for everything beside sending: QR codes, menu, drafts, followers."""
    if settings.wechat_appid and settings.wechat_secret:
        base = settings.wechat_base_url or OFFICIAL
        return ServiceAccount(settings.wechat_appid, settings.wechat_secret.get_secret_value(), redis, base)
    base = settings.wechat_base_url or f"http://{_simulator(settings)}"
    return ServiceAccount(SIMULATED_APPID, SIMULATED_SECRET, redis, base)


def mail_secret(settings: Settings) -> bytes:
    """The key that marks Message-IDs and bounce addresses as ours; senders and receipt readers share it."""
    return (settings.link_key or settings.hook_secret).get_secret_value().encode()


def _aliyun(settings: Settings) -> AliyunSender:
    templates = {str(purpose): aliyun_template(settings, purpose) for purpose in Purpose}
    if settings.aliyun_access_key_id and settings.aliyun_access_key_secret:
        secret = settings.aliyun_access_key_secret.get_secret_value()
        endpoint = settings.aliyun_endpoint or aliyun.OFFICIAL
        return AliyunSender(settings.aliyun_access_key_id, secret, templates, endpoint, settings.aliyun_protocol)
    endpoint = settings.aliyun_endpoint or _simulator(settings)
    return AliyunSender(SIMULATED_KEY_ID, SIMULATED_SECRET, templates, endpoint, "http")


def aliyun_template(settings: Settings, purpose: Purpose) -> str:
    """The code under which the SMS text of `purpose` is registered with Aliyun."""
    if purpose is Purpose.POLICY:
        return settings.aliyun_template_policy
    return settings.aliyun_templates.get(purpose, f"SMS_{purpose.upper()}")


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
    )


def _simulator(settings: Settings) -> str:
    return f"{settings.simulator_host}:{settings.simulator_port}"
