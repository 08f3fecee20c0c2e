"""What an operator can set, read once at an entry point (environment `ZHIDA_*` or a `.env` file) and passed on."""

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings of one process. Nothing below the entry points reads the environment."""

    model_config = SettingsConfigDict(env_prefix="ZHIDA_", env_file=".env", extra="ignore", frozen=True)

    # Where things run. Without the two addresses an embedded PostgreSQL and Redis are started under `var_dir`.
    database_url: str | None = None
    redis_url: str | None = None
    var_dir: Path = Path("var")
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"

    # Keys, 32 bytes in base64 each; several parted by commas: the first seals, all open. Made under var/ when absent.
    seal_keys: SecretStr | None = None
    index_key: SecretStr | None = None
    link_key: SecretStr | None = None

    # Vocabulary: a folder with files that replace the shipped ones of the same name.
    vocabulary_dir: Path | None = None

    # Restraint (design §3): hours in Asia/Shanghai, messages per subscriber.
    quiet_start: str = "21:00"
    quiet_end: str = "08:00"
    daily_cap: int = 2
    weekly_cap: int = 6
    approve_above: int = 1000
    auto_publish: bool = False

    # Digests: which editions come out in which forms, the hour on the day after the period, the draft's days before.
    digests: dict[Literal["monthly", "weekly", "quarterly"], list[Literal["public", "personal"]]] = {
        "monthly": ["public", "personal"]
    }
    digest_time: str = "08:30"
    digest_draft_days: int = Field(default=3, ge=0, le=14)

    send_concurrency: int = Field(default=16, ge=1, le=256)  # provider calls at once in one worker process
    send_rate: float = Field(default=300, gt=0)  # messages a second for each provider account
    send_rates: dict[str, float] = {}  # other rates by provider: {"wechat": 500, "aliyun": 100, "smtp": 50}
    mail_domain_rate: float = Field(default=50, gt=0)  # mails a second to one receiving domain
    mail_domain_rates: dict[str, float] = {"qq.com": 10, "163.com": 10, "126.com": 10}
    retention_months: int = Field(default=13, ge=7)  # of deliveries, attempts and receipts; the law asks for six
    clock_offset_seconds: float = 0  # moves this service's clock; for the demo, which plays on a day of its own

    # Providers. Without credentials the addresses are those of `zhida simulators`.
    simulator_host: str = "127.0.0.1"
    simulator_port: int = 8900
    simulator_smtp_port: int = 8925

    wechat_base_url: str | None = None
    wechat_appid: str | None = None
    wechat_secret: SecretStr | None = None
    wechat_token: SecretStr | None = None
    wechat_aes_key: SecretStr | None = None
    wechat_template_policy: str = "TPL-POLICY"
    # Template ids of the other purposes: {"deadline": "…", "digest": "…"}.
    wechat_templates: dict[str, str] = {}
    # Subscription notices (订阅通知) of the account, by purpose; granted for good, and one message a grant.
    wechat_long_term: dict[str, str] = {}
    wechat_one_off: dict[str, str] = {}

    aliyun_endpoint: str | None = None
    aliyun_protocol: Literal["http", "https"] = "https"
    aliyun_access_key_id: str | None = None
    aliyun_access_key_secret: SecretStr | None = None
    aliyun_sign_name: str = "政策直达"
    aliyun_template_policy: str = "SMS_POLICY"
    # Registered codes of the other purposes: {"deadline": "SMS_123", …}.
    aliyun_templates: dict[str, str] = {}

    tencent_endpoint: str | None = None
    tencent_protocol: Literal["http", "https"] = "https"
    tencent_region: str = "ap-guangzhou"
    tencent_secret_id: str | None = None
    tencent_secret_key: SecretStr | None = None
    tencent_sdk_app_id: str = "1400000000"
    tencent_templates: dict[str, str] = {}
    # Fetch receipts and replies from Tencent instead of having them posted to us (Tencent opens this on demand).
    tencent_pull: bool = False
    # How the SMS are shared out; a provider with 0 is not used, the others stand in for each other.
    sms_weights: dict[Literal["aliyun", "tencent"], int] = {"aliyun": 1, "tencent": 0}

    # Yuan for one part of an SMS, as agreed with the provider; for estimates only.
    sms_price: Decimal = Field(default=Decimal("0.045"), ge=0)

    smtp_host: str | None = None
    smtp_port: int = 25
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = True
    mail_from: str = "notice@zhida.example"
    mail_from_name: str = "政策直达"
    bounce_domain: str = "bounce.zhida.example"
    # Sign mails ourselves (DKIM): a private key in PEM. Empty: the mail server signs. Domain: that of `mail_from`.
    dkim_key: Path | None = None
    dkim_selector: str = "zhida"
    dkim_domain: str = ""
    # The mailbox that bounces come back to: a maildir, or imaps://user:password@host/folder. Empty: nobody reads it.
    mail_returns: SecretStr | None = None

    # Secret part of the receipt addresses of providers that do not sign (Aliyun).
    hook_secret: SecretStr = Field(default=SecretStr("local"))

    log_level: str = "INFO"
