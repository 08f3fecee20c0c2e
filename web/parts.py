"""What the application of one process works with."""

from collections.abc import Mapping
from dataclasses import dataclass

from redis import Redis

from channels.imprint import imprint_of
from channels.message import Channel
from channels.registry import make_account, make_senders
from channels.sender import Sender
from channels.sources import Overrides
from channels.wechat.client import ServiceAccount
from core.clock import Clock
from core.database import Sessions
from core.privacy import Keys, load_keys
from core.settings import Settings
from core.vocabulary.load import Vocabulary, load_vocabulary
from matcher.facets import Facets
from web.cookies import Memory
from web.passcodes import Passcodes
from workers.rewording import overrides_at

DRAFT_SECONDS = 2 * 3600
RESIDENT_SECONDS = 12 * 3600
ENTRY_SECONDS = 900


@dataclass(frozen=True)
class Parts:
    """Connections, keys, words, senders, and what is remembered of browsers."""

    settings: Settings
    sessions: Sessions
    redis: Redis
    clock: Clock
    vocabulary: Vocabulary
    keys: Keys
    facets: Facets
    senders: Mapping[Channel, Sender]
    account: ServiceAccount
    passcodes: Passcodes
    drafts: Memory
    residents: Memory
    entries: Memory


def make_parts(
    settings: Settings,
    sessions: Sessions,
    redis: Redis,
    clock: Clock,
    senders: Mapping[Channel, Sender] | None = None,
) -> Parts:
    """The parts; without `senders` they are made from the settings."""
    vocabulary = load_vocabulary(settings.vocabulary_dir)
    keys = load_keys(settings)
    used = make_senders(settings, redis, clock) if senders is None else senders
    secure = settings.public_url.startswith("https:")

    def find_overrides() -> Overrides:
        with sessions() as session:
            return overrides_at(session, clock())

    return Parts(
        settings=settings,
        sessions=sessions,
        redis=redis,
        clock=clock,
        vocabulary=vocabulary,
        keys=keys,
        facets=Facets(vocabulary),
        senders=used,
        account=make_account(settings, redis),
        passcodes=Passcodes(redis, keys, used, imprint_of(settings), find_overrides),
        drafts=Memory(redis, keys, "draft", DRAFT_SECONDS, secure),
        entries=Memory(redis, keys, "entry", ENTRY_SECONDS, secure),
        residents=Memory(redis, keys, "resident", RESIDENT_SECONDS, secure),
    )
