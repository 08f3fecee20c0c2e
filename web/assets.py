"""Style sheet, script and pictures: our own files only, kept by browsers for a year under a digest of their content."""

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

from web.pages import STATIC

router = APIRouter()


@router.get("/static/{name}")
def asset(name: str) -> FileResponse:
    """One file of static/; 404 for anything else."""
    file = STATIC / name
    if file.parent != STATIC or not file.is_file():
        raise HTTPException(404)
    return FileResponse(file, headers={"cache-control": "public, max-age=31536000, immutable"})
