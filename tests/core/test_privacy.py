"""Sealing, blind index, link tokens, and where the keys come from."""

import base64
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from core.errors import ZhidaError
from core.privacy import KEY_FILE, Keys, LinkError, SealError, load_keys, place
from core.settings import Settings

OLD, NEW, INDEX, LINK = (bytes([number]) * 32 for number in range(4))
KEYS = Keys([OLD], INDEX, LINK)
HERE = place("contacts", "sealed", 7)
NOW = datetime(2026, 10, 1, 4, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


@given(st.text())
def test_what_was_sealed_opens_again(plain: str) -> None:
    assert KEYS.open(KEYS.seal(plain, HERE), HERE) == plain


def test_sealed_bytes_have_the_written_form_and_never_repeat() -> None:
    one, other = (KEYS.seal("13800000000", HERE) for _ in range(2))
    assert one != other
    assert one[:3] == b"v1|"
    assert one[11:12] == b"|"
    assert len(one) == 3 + 8 + 1 + 12 + 11 + 16
    assert b"138" not in one


def test_sealed_bytes_do_not_open_elsewhere() -> None:
    sealed = KEYS.seal("13800000000", HERE)
    with pytest.raises(SealError) as caught:
        KEYS.open(sealed, place("contacts", "sealed", 8))
    assert "138" not in str(caught.value)


@pytest.mark.parametrize("at", [0, 5, 11, 12, 30, -1])
def test_a_changed_byte_is_noticed_wherever_it_is(at: int) -> None:
    sealed = bytearray(KEYS.seal("13800000000", HERE))
    sealed[at] ^= 1
    with pytest.raises(SealError):
        KEYS.open(bytes(sealed), HERE)


def test_bytes_cut_short_are_refused() -> None:
    sealed = KEYS.seal("", HERE)
    for length in range(len(sealed)):
        with pytest.raises(SealError):
            KEYS.open(sealed[:length], HERE)


def test_rotation_seals_with_the_new_key_and_opens_what_the_old_one_sealed() -> None:
    before = KEYS.seal("anna@example.cn", HERE)
    both = Keys([NEW, OLD], INDEX, LINK)
    after = both.seal("anna@example.cn", HERE)
    assert both.open(before, HERE) == both.open(after, HERE) == "anna@example.cn"
    assert Keys([NEW], INDEX, LINK).open(after, HERE) == "anna@example.cn"
    with pytest.raises(SealError):
        Keys([NEW], INDEX, LINK).open(before, HERE)


def test_blind_index_tells_sorts_and_keys_apart() -> None:
    index = KEYS.blind_index("sms", "13800000000")
    assert index == KEYS.blind_index("sms", "13800000000")
    assert len(index) == 32
    assert index != KEYS.blind_index("wechat", "13800000000")
    assert index != Keys([OLD], NEW, LINK).blind_index("sms", "13800000000")


@pytest.mark.parametrize("keys", [([], INDEX, LINK), ([b"short"], INDEX, LINK), ([OLD], b"short", LINK)])
def test_keys_of_a_wrong_length_are_refused(keys: tuple[list[bytes], bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keys(*keys)


@given(st.lists(st.integers(0, 2**63 - 1), max_size=4))
def test_a_token_gives_back_its_ids(ids: list[int]) -> None:
    assert KEYS.verify("unsubscribe", KEYS.sign("unsubscribe", ids, LATER), NOW) == tuple(ids)


def test_a_token_fits_into_a_short_message() -> None:
    token = KEYS.sign("policy", [12_345_678, 987_654], LATER)
    assert len(token) <= 38
    assert token.replace("-", "").replace("_", "").isalnum()


def test_a_token_is_of_one_purpose() -> None:
    with pytest.raises(LinkError):
        KEYS.verify("export", KEYS.sign("unsubscribe", [1], LATER), NOW)


def test_a_token_ends_on_time() -> None:
    token = KEYS.sign("unsubscribe", [1], LATER)
    assert KEYS.verify("unsubscribe", token, LATER - timedelta(seconds=1)) == (1,)
    with pytest.raises(LinkError):
        KEYS.verify("unsubscribe", token, LATER)


def test_no_other_spelling_of_a_token_is_taken() -> None:
    token = KEYS.sign("unsubscribe", [1, 2], LATER)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for at in range(len(token)):
        for letter in letters.replace(token[at], ""):
            with pytest.raises(LinkError):
                KEYS.verify("unsubscribe", token[:at] + letter + token[at + 1 :], NOW)


@pytest.mark.parametrize("token", ["", "A", "AAAA", "不是", "a b", "=" * 40, "A" * 27 + "=", "A" * 400])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(LinkError):
        KEYS.verify("unsubscribe", token, NOW)


def test_negative_ids_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="negative"):
        KEYS.sign("unsubscribe", [-1], LATER)


def make_settings(var_dir: Path, **values: str) -> Settings:
    return Settings(_env_file=None, var_dir=var_dir, **{name: SecretStr(value) for name, value in values.items()})


def text_of(*keys: bytes) -> str:
    return ",".join(base64.b64encode(key).decode() for key in keys)


def test_keys_from_settings(tmp_path: Path) -> None:
    keys = load_keys(
        make_settings(tmp_path, seal_keys=text_of(NEW, OLD), index_key=text_of(INDEX), link_key=text_of(LINK))
    )
    assert keys.open(KEYS.seal("x", HERE), HERE) == "x"
    assert keys.blind_index("sms", "1") == KEYS.blind_index("sms", "1")
    assert keys.sign("a", [1], LATER) == KEYS.sign("a", [1], LATER)
    assert list(tmp_path.iterdir()) == []


def test_half_a_set_of_keys_is_no_set(tmp_path: Path) -> None:
    with pytest.raises(ZhidaError, match="ZHIDA_INDEX_KEY、ZHIDA_LINK_KEY") as caught:
        load_keys(make_settings(tmp_path, seal_keys=text_of(OLD), index_key=""))
    assert text_of(OLD) not in str(caught.value)


@pytest.mark.parametrize("wrong", ["不是", "YWJj", text_of(OLD)[:-2] + "!"])
def test_a_wrong_key_is_named_without_its_text(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ZhidaError, match="index_key") as caught:
        load_keys(make_settings(tmp_path, seal_keys=text_of(OLD), index_key=wrong, link_key=text_of(LINK)))
    assert wrong not in str(caught.value)


def test_without_settings_keys_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "var")
    sealed = load_keys(settings).seal("x", HERE)
    assert load_keys(settings).open(sealed, HERE) == "x"
    assert [path.name for path in (tmp_path / "var").iterdir()] == [KEY_FILE]
    assert stat.S_IMODE((tmp_path / "var" / KEY_FILE).stat().st_mode) == 0o600


def test_whoever_comes_at_the_same_time_gets_the_same_keys(tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "var")
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: load_keys(settings).sign("a", [1], LATER), range(32)))
    assert len(tokens) == 1
    assert [path.name for path in (tmp_path / "var").iterdir()] == [KEY_FILE]


def test_a_faster_process_keeps_its_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make_settings(tmp_path / "var")
    link = os.link
    theirs: list[str] = []

    def beaten(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        theirs.append(load_keys(settings).sign("a", [1], LATER))
        link(source, target)

    monkeypatch.setattr(os, "link", beaten)
    assert [load_keys(settings).sign("a", [1], LATER)] == theirs
    assert [path.name for path in (tmp_path / "var").iterdir()] == [KEY_FILE]


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    load_keys(make_settings(tmp_path))
    (tmp_path / KEY_FILE).chmod(0o644)
    with pytest.raises(ZhidaError, match="chmod 600"):
        load_keys(make_settings(tmp_path))


@pytest.mark.parametrize("content", ["", "{", "[]", "3", json.dumps({"seal_keys": "x"})])
def test_a_damaged_key_file_is_never_replaced(tmp_path: Path, content: str) -> None:
    path = tmp_path / KEY_FILE
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(ZhidaError, match="已损坏"):
        load_keys(make_settings(tmp_path))
    assert path.read_text(encoding="utf-8") == content
