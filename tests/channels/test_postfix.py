"""Our mail through a mail server that we did not write: Postfix, where it is installed, in folders of the test.

`apt-get install postfix` makes this run; it needs root, as Postfix does.
"""

import email
import email.policy
import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from channels.mail.dkim import DkimSigner
from channels.mail.sender import MailSender, Relay
from channels.mail.verp import bounce_address, message_id
from channels.message import Channel
from channels.outcome import OutcomeClass
from channels.simulators.dkim import find_dkim_problems
from tests.channels.samples import PERSONAL, message

SECRET = b"secret of the test"
SIGNER = DkimSigner("zhida.example", "s1", Ed25519PrivateKey.generate())
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")
SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """One instance: its port and the folder where it delivers."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.owner = pwd.getpwnam("postfix" if _known("postfix") else "mail")
        self.maildir = folder / "boxes" / "box"
        self.log = folder / "log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._lay_out(folder, program)
        master = program.parent.parent / "lib" / "postfix" / "sbin" / "master"
        self._process = subprocess.Popen([master, "-c", folder / "conf", "-d"], stderr=subprocess.DEVNULL)

    def wait(self) -> None:
        while self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
                os.sched_yield()
        raise AssertionError(self.told())

    def delivered(self, words: str) -> bytes:
        """The mail with these words, once it is there."""
        hung = time.monotonic() + 60  # delivery is another process's; this only ends a hopeless wait
        while time.monotonic() < hung:
            for path in self.maildir.glob("new/*"):
                if words.encode() in (raw := path.read_bytes()):
                    return raw
            os.sched_yield()
        raise AssertionError(self.told())

    def told(self) -> str:
        return self.log.read_text() if self.log.exists() else "no log"

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)

    def _lay_out(self, folder: Path, program: Path) -> None:
        folder.chmod(0o711)
        spool, boxes = folder / "spool", folder / "boxes"
        for path in (spool, boxes, folder / "data", folder / "conf", *(spool / name for name in QUEUES)):
            path.mkdir()
        (spool / "pid").mkdir()
        for name in ("public", "maildrop"):
            (spool / name).mkdir()
        for path in (folder / "data", boxes, *(spool / name for name in (*QUEUES, "public", "maildrop"))):
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
            path.chmod(0o755)
        lib = program.parent.parent / "lib" / "postfix"
        (folder / "conf" / "master.cf").write_text(SERVICES.format(port=self.port))
        (folder / "conf" / "main.cf").write_text(
            "compatibility_level = 3.6\n"
            f"queue_directory = {spool}\n"
            f"data_directory = {folder / 'data'}\n"
            f"daemon_directory = {lib / 'sbin'}\n"
            f"command_directory = {program.parent}\n"
            f"shlib_directory = {lib}\n"
            f"mail_owner = {self.owner.pw_name}\n"
            f"setgid_group = {grp.getgrnam('postdrop').gr_name if self.owner.pw_name == 'postfix' else 'utmp'}\n"
            f"maillog_file = {self.log}\nmaillog_file_prefixes = /\n"
            "myhostname = mail.test\nmydestination =\nmynetworks = 127.0.0.0/8\ninet_protocols = ipv4\n"
            "virtual_mailbox_domains = mail.example\nvirtual_mailbox_limit = 0\n"
            f"virtual_mailbox_base = {boxes}\n"
            "virtual_mailbox_maps = inline:{{wang.fang@mail.example=box/}}\n".replace("{{", "{").replace("}}", "}")
            + f"virtual_uid_maps = static:{self.owner.pw_uid}\nvirtual_gid_maps = static:{self.owner.pw_gid}\n"
            "virtual_minimum_uid = 1\nsmtpd_relay_restrictions = reject_unauth_destination\n"
        )


def _known(name: str) -> bool:
    return name in {entry.pw_name for entry in pwd.getpwall()}


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    found = shutil.which("postfix", path=os.environ["PATH"] + ":/usr/sbin")
    if found is None or os.geteuid() != 0:
        pytest.skip("needs Postfix (apt-get install postfix) and root")
    with tempfile.TemporaryDirectory(prefix="zhida-postfix-") as folder:
        server = Postfix(Path(folder), Path(found).resolve())
        try:
            server.wait()
            yield server
        finally:
            server.stop()


@pytest.fixture
def sender(postfix: Postfix) -> Iterator[MailSender]:
    names = ("n@zhida.example", "政策直达", "b.example")
    relay = Relay("127.0.0.1", postfix.port, *names, SECRET, starttls=False, signer=SIGNER)
    made = MailSender(relay, lambda: datetime(2026, 11, 21, tzinfo=UTC))
    yield made
    made.close()


def test_a_mail_arrives_as_it_was_written(postfix: Postfix, sender: MailSender) -> None:
    outcome = sender.send(message(Channel.MAIL, "k1"))
    assert outcome.accepted, postfix.told()
    assert outcome.provider_id
    raw = postfix.delivered("<k1.")
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert not mail.defects
    assert mail["Return-Path"] == f"<{bounce_address('k1', 'b.example', SECRET)}>"
    assert mail["Message-ID"] == message_id("k1", "zhida.example", SECRET)
    assert mail["Delivered-To"] == "wang.fang@mail.example"
    assert f"<{PERSONAL.unsubscribe_link}>" in raw.decode("ascii")
    assert "为什么推送给您" in mail.get_body(("plain",)).get_content()


def test_the_signature_holds_on_the_way(postfix: Postfix, sender: MailSender) -> None:
    assert sender.send(message(Channel.MAIL, "k5")).accepted, postfix.told()
    raw = postfix.delivered("<k5.").replace(b"\n", b"\r\n")  # a maildir holds plain line ends
    assert find_dkim_problems(raw, dict([SIGNER.record()])) == [""]


def test_an_unknown_mailbox_is_told_at_once(postfix: Postfix, sender: MailSender) -> None:
    outcome = sender.send(message(Channel.MAIL, "k2", "nobody@mail.example"))
    assert (outcome.cls, outcome.code) == (OutcomeClass.RECIPIENT_PERM, "550 5.1.1")
    assert sender.send(message(Channel.MAIL, "k3")).accepted  # the same connection goes on


def test_a_foreign_domain_is_not_relayed(postfix: Postfix, sender: MailSender) -> None:
    outcome = sender.send(message(Channel.MAIL, "k4", "somebody@elsewhere.example"))
    assert outcome.cls in (OutcomeClass.CONFIG, OutcomeClass.RECIPIENT_PERM)
