"""`zhida doctor`: what is well, what isn't, and what to do about it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import typer
from redis import RedisError
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from cli.context import make_clock, read_settings
from cli.output import console, print_json
from core import schema
from core.clock import local_date
from core.database import make_engine
from core.embedded import Addresses, open_stack
from core.errors import ZhidaError
from core.privacy import SealError, load_keys
from core.redis import make_redis
from core.settings import Settings
from core.vocabulary.load import load_vocabulary
from subscribers.contacts import open_address
from subscribers.models import Contact
from workers.partitions import month_of, next_month


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    name: str
    well: bool
    words: str


def register(app: typer.Typer) -> None:
    """Add the command to the top level."""
    app.command()(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")] = False,
) -> None:
    """自检：设置、密钥、词表、分类器、数据库、Redis、渠道。有问题时退出状态为 1。"""
    settings = read_settings()
    findings = [_look(name, look, settings) for name, look in _ALONE.items()]
    try:
        with open_stack(settings) as addresses:
            findings += [_look(name, partial(look, addresses), settings) for name, look in _ON_SERVERS.items()]
    except ZhidaError as error:
        findings.append(Finding("数据库与 Redis", False, str(error)))
    if as_json:
        print_json([vars(finding) for finding in findings])
    else:
        for finding in findings:
            console.print(f"{'✓' if finding.well else '✗'} {finding.name}：{finding.words}", markup=False)
    ill = sum(not finding.well for finding in findings)
    if ill:
        raise ZhidaError(f"有 {ill} 项需要处理")


def _look(name: str, look: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(name, True, look(settings))
    except ZhidaError as error:
        return Finding(name, False, str(error))
    except (SQLAlchemyError, RedisError) as error:
        return Finding(name, False, f"无法连接（{type(error).__name__}），请核对地址并确认服务已启动")


def _vocabulary(settings: Settings) -> str:
    words = load_vocabulary(settings.vocabulary_dir)
    return f"{len(words.topics)} 个主题，{len(words.types)} 个类型，{len(words.regions)} 个地区"


def _classifier(settings: Settings) -> str:
    from matcher.readers import default_reader

    return default_reader(load_vocabulary(settings.vocabulary_dir)).name


def _keys(settings: Settings) -> str:
    load_keys(settings)
    return "取自设置" if settings.seal_keys else f"取自 {settings.var_dir / 'keys.json'}，请妥善备份"


def _channels(settings: Settings) -> str:
    simulated = [
        name
        for name, real in (
            ("微信", settings.wechat_appid),
            ("短信", settings.aliyun_access_key_id),
            ("邮件", settings.smtp_host),
        )
        if not real
    ]
    return f"{'、'.join(simulated)}未填密钥，消息发往模拟服务商" if simulated else "都已填写密钥"


def _mail_domains(settings: Settings) -> str:
    from channels.mail.records import find_record_problems
    from channels.registry import find_signer

    signer = find_signer(settings)
    if not settings.smtp_host:
        return "未填邮件服务器，没有可检查的"
    problems = find_record_problems(settings.mail_from.rsplit("@", 1)[-1], settings.bounce_domain, signer)
    if problems:
        raise ZhidaError("；".join(problems))
    return "SPF、DKIM、DMARC、MX 都已发布" if signer else "SPF、DMARC、MX 都已发布；DKIM 由邮件服务器签名"


def _tables(addresses: Addresses, settings: Settings) -> str:
    differences = schema.check(addresses.database_url)
    if differences:
        raise ZhidaError(f"与程序有 {len(differences)} 处不一致，请运行 zhida db upgrade")
    return "与程序一致"


@contextmanager
def _session(addresses: Addresses) -> Iterator[Session]:
    engine = make_engine(addresses.database_url)
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def _partitions(addresses: Addresses, settings: Settings) -> str:
    month = next_month(month_of(local_date(make_clock(settings)())))
    with _session(addresses) as session:
        there = session.scalar(text("SELECT to_regclass(:name)"), {"name": f"deliveries_p{month:%Y%m}"})
    if there is None:
        raise ZhidaError("下个月的分区还没有建好，请运行 zhida db upgrade")
    return "已建到下个月以后"


def _durability(addresses: Addresses, settings: Settings) -> str:
    with _session(addresses) as session:
        off = [name for name in ("synchronous_commit", "fsync") if session.scalar(text(f"SHOW {name}")) == "off"]
    if off:
        raise ZhidaError(f"数据库关掉了 {'、'.join(off)}：断电会丢失最近的认领，消息可能重复发送，请打开")
    return "提交后断电不丢"


def _redis(addresses: Addresses, settings: Settings) -> str:
    from channels.registry import make_senders

    with make_redis(addresses.redis_url) as redis:
        redis.ping()
        senders = make_senders(settings, redis)
        for sender in senders.values():
            sender.close()
    return f"可用；渠道 {'、'.join(sender.provider for sender in senders.values())}"


def _sealed(addresses: Addresses, settings: Settings) -> str:
    keys = load_keys(settings)
    with _session(addresses) as session:
        contact = session.scalars(select(Contact).order_by(Contact.subscriber_id.desc()).limit(1)).first()
    if contact is None:
        return "还没有联系方式"
    try:
        open_address(keys, contact.subscriber_id, contact.channel, contact.sealed)
    except SealError:
        raise ZhidaError("现在的密钥打不开库里的联系方式，谁也收不到消息：请放回当初的密钥文件或设置") from None
    return "可以用现在的密钥打开"


def _sms(addresses: Addresses, settings: Settings) -> str:
    from channels.imprint import imprint_of
    from channels.registered import find_aliyun_problems
    from channels.registry import find_aliyun
    from workers.rewording import overrides_at

    sender = find_aliyun(settings)
    if sender is None:
        return "未填阿里云密钥，没有可检查的"
    with _session(addresses) as session:
        overrides = overrides_at(session, make_clock(settings)())
    problems = find_aliyun_problems(sender, imprint_of(settings), overrides)
    if problems:
        raise ZhidaError("；".join(problems))
    return "阿里云的签名和模板都已通过，文字一致"


def _wechat(addresses: Addresses, settings: Settings) -> str:
    if not (settings.wechat_appid or settings.wechat_base_url):
        return "未填密钥，没有可检查的"
    from channels.checkup import check_wechat
    from channels.registry import make_account

    with make_redis(addresses.redis_url) as redis:
        account = make_account(settings, redis)
        try:
            quota, problems = check_wechat(account, settings)
        finally:
            account.close()
    if problems:
        raise ZhidaError("；".join(problems))
    return f"模板齐全；今天模板消息已用 {quota.used}，共 {quota.limit}"


_ALONE: dict[str, Callable[[Settings], str]] = {
    "词表": _vocabulary,
    "分类器": _classifier,
    "密钥": _keys,
    "服务商": _channels,
    "邮件域名": _mail_domains,
}
_ON_SERVERS: dict[str, Callable[[Addresses, Settings], str]] = {
    "数据库表": _tables,
    "分区": _partitions,
    "联系方式": _sealed,
    "数据库落盘": _durability,
    "Redis": _redis,
    "微信模板与额度": _wechat,
    "短信签名与模板": _sms,
}
