"""What an audience was made of and by: a snapshot is only as good as all of it is still the same."""

import hashlib
import inspect
from itertools import chain

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.vocabulary import codes, fields
from core.vocabulary.load import Vocabulary
from matcher import applicant, facets, truth, values
from matcher.audience import building, columns, index, loading, slices
from subscribers import profiles

_MADE_BY = (
    codes,
    fields,
    applicant,
    facets,
    truth,
    values,
    building,
    columns,
    index,
    loading,
    slices,
    profiles,
)
"""The code that turns a stored profile into members of sets, the registry of fields among it."""

# The cluster, its timeline (a new one begins when it is brought back to an earlier state), the database: the numbers
# of transactions only rise within these.
_DATABASE = text(
    "SELECT (SELECT system_identifier FROM pg_control_system()) || '-'"
    " || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '-'"
    " || (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def made_by(vocabulary: Vocabulary) -> str:
    """A digest of the fields, of the vocabulary that types and sizes follow from, and of the code that derives."""
    digest = hashlib.sha256()
    for module in _MADE_BY:
        digest.update(inspect.getsource(module).encode())
    tables = (vocabulary.types, vocabulary.qualifications, vocabulary.industries, vocabulary.regions)
    for entry in chain(*(table.values() for table in tables), vocabulary.sizes):
        digest.update(entry.model_dump_json().encode())
    return digest.hexdigest()


def database_of(session: Session) -> str:
    """Which history of which database the session reads."""
    return str(session.scalar(_DATABASE))
