"""From the paths a person gives to the files that are read, none of them larger than is sane."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError

LARGEST = 32 * 1024 * 1024
"""Bytes that one file may have. The longest policy has some hundred kilobytes; 32 MiB hold 100,000 titles."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file to be read, and the name under which it is spoken of (within the folder that was given)."""

    path: Path
    name: str


def list_files(path: Path, suffixes: Iterable[str]) -> list[Found]:
    """The file itself, or all files under a folder that end in one of `suffixes`, by name; hidden ones are left out.

    InputError where the path does not exist or the folder holds no such file.
    """
    known = sorted(suffixes)
    if path.is_dir():
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in known and p.is_file())
        found = [Found(p, p.relative_to(path).as_posix()) for p in inside]
        found = [f for f in found if not any(part.startswith(".") for part in f.name.split("/"))]
        if not found:
            raise InputError(f"文件夹里没有可导入的文件（{_spoken(known)}）", path.name or str(path))
        return found
    if not path.exists():
        raise InputError("文件不存在", str(path))
    if path.suffix.lower() not in known:
        raise InputError(f"不支持的文件格式“{path.suffix or path.name}”，可导入 {_spoken(known)}", path.name)
    return [Found(path, path.name)]


def read_bytes(file: Found, largest: int = LARGEST) -> bytes:
    """The content of a file. InputError where it can't be opened, or is larger than `largest` bytes (then unread)."""
    try:
        size = file.path.stat().st_size
        if size > largest:
            raise InputError(
                f"文件过大：{size / 1048576:.0f} MB，上限 {largest / 1048576:.0f} MB，请拆分后导入", file.name
            )
        return file.path.read_bytes()
    except OSError as error:
        raise InputError(f"文件打不开（{error.strerror}）", file.name) from error


def _spoken(suffixes: list[str]) -> str:
    return "、".join(suffixes)
