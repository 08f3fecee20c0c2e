"""What a route is given: the parts the process was started with, and a session whose commit precedes the answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from redis import Redis
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Sessions, unit_of_work
from core.privacy import Keys
from core.settings import Settings
from core.vocabulary.load import Vocabulary
from matcher.facets import Facets


@dataclass(frozen=True)
class Parts:
    """What `create_app` was given, for one process."""

    settings: Settings
    sessions: Sessions
    redis: Redis
    clock: Clock
    vocabulary: Vocabulary
    keys: Keys
    facets: Facets


def get_parts(request: Request) -> Parts:
    """The parts of the app that serves `request`."""
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(get_parts)]


def open_session(parts: PartsDep) -> Iterator[Session]:
    """One transaction per request: committed when the route returns, rolled back when it raises."""
    with unit_of_work(parts.sessions) as session:
        yield session


# Without scope="function" FastAPI would commit after the answer has left, and a failed commit would still say 200.
SessionDep = Annotated[Session, Depends(open_session, scope="function")]
