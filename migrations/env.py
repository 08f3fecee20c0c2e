"""Alembic runs this file. The connection comes from `core.schema` by `config.attributes["connection"]`."""

import re
from importlib import import_module
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from core.database import Base, UTCDateTime

MODELS = (
    "policies.models",
    "subscribers.models",
    "matcher.models",
    "matcher.examples",
    "workers.models",
    "web.models",
)
for module in MODELS:
    import_module(module)  # fills Base.metadata

MONTH_PARTITION = re.compile(r"_p\d{6}$")
"""Partitions of deliveries, attempts and receipts come and go by the month and belong to no model."""


def include_object(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Whether autogenerate compares this object."""
    return not (kind == "table" and reflected and name and MONTH_PARTITION.search(name))


def render_item(kind: str, thing: Any, autogen: AutogenContext) -> str | Literal[False]:
    """A migration must not change its meaning with the code, so our own types are written as the plain ones."""
    return "sa.DateTime(timezone=True)" if isinstance(thing, UTCDateTime) else False


connection: sa.Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    include_object=include_object,
    render_item=render_item,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
