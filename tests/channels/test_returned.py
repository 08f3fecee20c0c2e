"""The bounce mailbox by IMAP, against a small server at the wire (RFC 3501 as far as it is used)."""

import re
import socketserver
import threading
from collections.abc import Iterator

import pytest

from channels.mail.returned import take_from_imap
from channels.mail.verp import bounce_address
from channels.outcome import OutcomeClass
from core.errors import ZhidaError

SECRET = b"secret of the test"


class Mailbox:
    """Mails by number, and which were seen."""

    def __init__(self) -> None:
        self.mails: dict[int, bytes] = {}
        self.seen: set[int] = set()


class Session(socketserver.StreamRequestHandler):
    """One IMAP connection."""

    server: "Server"

    def handle(self) -> None:
        self.say("* OK ready")
        for line in self.rfile:
            tag, command, rest = (line.decode().strip() + "  ").split(" ", 2)
            self.act(tag, command.upper(), rest.strip())

    def act(self, tag: str, command: str, rest: str) -> None:
        box = self.server.mailbox
        if command == "LOGIN" and rest != 'bounce "p@ss"':
            self.say(f"{tag} NO wrong")
            return
        if command == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1")
        elif command == "SELECT":
            self.say(f"* {len(box.mails)} EXISTS")
        elif command == "SEARCH":
            self.say("* SEARCH " + " ".join(str(number) for number in box.mails if number not in box.seen))
        elif command == "FETCH":
            number = int(rest.split()[0])
            mail = box.mails[number]
            self.wfile.write(f"* {number} FETCH (BODY[] {{{len(mail)}}}\r\n".encode() + mail + b")\r\n")
        elif command == "STORE":
            box.seen.add(int(re.match(r"\d+", rest)[0]))  # type: ignore[index] # the client always sends a number
        self.say(f"{tag} OK done")

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    mailbox: Mailbox


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Session) as made:
        made.mailbox = Mailbox()
        thread = threading.Thread(target=made.serve_forever, args=(0.02,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def bounce(key: str) -> bytes:
    return (
        f"Delivered-To: {bounce_address(key, 'b.example', SECRET)}\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=B\r\n\r\n"
        "--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        "Final-Recipient: rfc822; w@x.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--B--\r\n"
    ).encode()


def address(server: Server, word: str = "p%40ss") -> str:
    return f"imap://bounce:{word}@127.0.0.1:{server.server_address[1]}/INBOX"


def test_receipts_are_taken_and_put_aside(server: Server) -> None:
    server.mailbox.mails = {1: bounce("k1"), 2: b"Subject: hello\r\n\r\nhello\r\n", 3: bounce("k3")}
    receipts = list(take_from_imap(address(server), SECRET))
    assert [(receipt.key, receipt.cls) for receipt in receipts] == [
        ("k1", OutcomeClass.RECIPIENT_PERM),
        ("k3", OutcomeClass.RECIPIENT_PERM),
    ]
    assert server.mailbox.seen == {1, 2, 3}
    assert list(take_from_imap(address(server), SECRET)) == []


def test_what_was_not_taken_up_stays_unseen(server: Server) -> None:
    server.mailbox.mails = {1: bounce("k1")}
    reading = take_from_imap(address(server), SECRET)
    assert next(reading).key == "k1"
    reading.close()
    assert not server.mailbox.seen


def test_trouble_is_told_without_the_password(server: Server) -> None:
    with pytest.raises(ZhidaError, match="退信邮箱") as caught:
        list(take_from_imap(address(server, "wrong"), SECRET))
    assert "wrong" not in str(caught.value)
    with pytest.raises(ZhidaError, match="退信邮箱"):
        list(take_from_imap("imaps://u:p@127.0.0.1:9/INBOX", SECRET))
