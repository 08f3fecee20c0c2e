"""Is the process alive, and can it do its work?"""

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from web.dependencies import PartsDep
from web.parts import Parts

router = APIRouter()


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """200 as long as the process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(parts: PartsDep) -> JSONResponse:
    """200 where database and Redis are reachable; 503 and the reasons in Chinese where not."""
    reasons = [reason for reason in (_database_trouble(parts), _redis_trouble(parts)) if reason]
    if reasons:
        return JSONResponse({"status": "unready", "reasons": reasons}, 503)
    return JSONResponse({"status": "ready", "reasons": []})


def _database_trouble(parts: Parts) -> str:
    try:
        with parts.sessions() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return "数据库连接不上"
    return ""


def _redis_trouble(parts: Parts) -> str:
    try:
        parts.redis.ping()
    except RedisError:
        return "Redis 连接不上"
    return ""
