"""Templates as staff word them: refused when they would go wrong, and never changed under a push that is under way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from channels.imprint import imprint_of
from channels.message import Channel
from channels.simulators.serve import RunningSimulators
from channels.simulators.sms_registry import register
from channels.sources import list_sources, read_source
from core.database import unit_of_work
from core.errors import InputError
from tests.workers.conftest import NOON, add_reader, add_targeting, plan
from workers.rewording import list_versions, overrides_at, restore, reword
from workers.runtime import Runtime
from workers.tasks import run_delivery

HAIDIAN = {"birth_date": "1990-01-01", "residence_region": "110108"}
NAME = "sms/policy.txt"
CODES = {"aliyun": "SMS_POLITE"}
POLITE = (
    "您好！《${title}》可能适合您。推送理由：${reason}。截止：${deadline}。"
    "详情看 {{ link_prefix }}${code} 。不想再收请回T。"
)


def test_what_would_go_wrong_is_refused_with_reasons(runtime: Runtime) -> None:
    settings = runtime.settings
    with unit_of_work(runtime.sessions) as session:
        for words, reason in (("只有${title}", "没有写怎样退订"), ("${nobody}", "没有这些变量：nobody"), ("$", "变量")):
            with pytest.raises(InputError, match=reason):
                reword(session, settings, NAME, words, "editor", NOON, CODES)
        with pytest.raises(InputError, match="请先在阿里云报备这段文字"):
            reword(session, settings, NAME, POLITE, "editor", NOON, {"aliyun": " "})
        both = settings.model_copy(update={"sms_weights": {"aliyun": 1, "tencent": 1}})
        with pytest.raises(InputError, match="请先在腾讯云报备这段文字"):
            reword(session, both, NAME, POLITE, "editor", NOON, CODES)
        with pytest.raises(InputError, match="没有叫"):
            restore(session, "sms/nothing.txt", "editor", NOON)
        assert list_versions(session, NAME) == []


def test_the_newest_version_counts_from_its_moment_and_all_are_kept(runtime: Runtime) -> None:
    with unit_of_work(runtime.sessions) as session:
        reword(session, runtime.settings, NAME, POLITE, "editor", NOON, CODES)
        again = POLITE.replace("您好", "你好")
        reword(session, runtime.settings, NAME, again, "chief", NOON + timedelta(hours=1), CODES)
        restore(session, NAME, "editor", NOON + timedelta(hours=2))
    with runtime.sessions() as session:
        hours = [overrides_at(session, NOON + timedelta(hours=hour - 1)).get(NAME, "")[:2] for hour in range(4)]
        assert hours == ["", "您好", "你好", ""]
        assert [(v.version, v.edited_by) for v in list_versions(session, NAME)] == [
            (3, "editor"),
            (2, "chief"),
            (1, "editor"),
        ]


def test_every_shipped_template_passes_its_own_test(runtime: Runtime) -> None:
    with runtime.sessions() as session:
        for name in list_sources():
            reword(session, runtime.settings, name, read_source(name), "editor", NOON, CODES)
        assert overrides_at(session, NOON).keys() >= set(list_sources())


def test_a_push_keeps_the_words_it_was_planned_with(runtime: Runtime, simulators: RunningSimulators) -> None:
    with unit_of_work(runtime.sessions) as session:
        people = [add_reader(runtime, session, HAIDIAN, channels=["sms"]) for _ in range(2)]
        [before] = plan(runtime, session, add_targeting(session, "一号通知"))
        reword(session, runtime.settings, NAME, POLITE, "editor", NOON + timedelta(minutes=1), CODES)
        later = replace(runtime, clock=lambda: NOON + timedelta(minutes=2))
        [after] = plan(later, session, add_targeting(session, "二号通知"), now=NOON + timedelta(minutes=2))
    registered = POLITE.replace("{{ link_prefix }}", imprint_of(runtime.settings).link_prefix)
    simulators.providers.aliyun.templates["SMS_POLITE"] = register(registered)
    for push in (before.push, after.push):
        run_delivery(later, push.id, Channel.SMS)
    accepted = simulators.providers.world.list_accepted("sms")
    used = [(one["content"]["template"], "您好" in one["content"]["text"]) for one in accepted]
    assert sorted(used) == [("SMS_POLICY", False)] * len(people) + [("SMS_POLITE", True)] * len(people)
