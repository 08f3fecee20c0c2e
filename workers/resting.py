"""Channels whose provider takes nothing for long: planning puts them last in everybody's order."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from redis import Redis

from channels.message import Channel
from channels.sender import Sender
from workers.gates import is_shut_for

LONG = timedelta(minutes=30)
"""A shorter rest is waited for: another channel may cost money, and isn't what the person chose first."""


def list_resting(redis: Redis, senders: Mapping[Channel, Sender], now: datetime) -> list[Channel]:
    """The channels that are out for long, say with the day's quota used up. Raises redis.RedisError."""
    return [channel for channel, sender in senders.items() if is_shut_for(redis, sender.provider, LONG, now)]
