"""What a route is given: the parts of its app, and a session whose commit precedes the answer."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from core.database import unit_of_work
from web.parts import Parts


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
