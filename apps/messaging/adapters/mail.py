"""Letters by e-mail: a mailbox read over IMAP, answers sent through the mail server.

Options: ``host``, ``port``, ``tls`` (default true), ``user``, ``mailbox``, ``address`` (of our
letters). Secret: ``password``. The server must be listed in ``OUTGOING_HOSTS`` with its port.
Programs that write by themselves (bounces, absence notes, lists) are recognised and never
answered, and what we say by ourselves is marked, so that two programs cannot write to each other
for ever. Source: RFC 3834, RFC 5322.
"""

import hashlib
import imaplib
import io
import re
import smtplib
import socket
import ssl
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email import policy
from email.message import EmailMessage as Letter
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.common.http import CallFailed, Target, check_outgoing
from apps.messaging.adapters.plain_words import from_html, without_quotes
from apps.messaging.enums import MessageKind, Refused
from apps.messaging.registry import AdapterError, Incoming, IncomingFile, Outgoing, Reach

TIMEOUT_S = 10.0
PER_ROUND = 50
PARTS_MOST, FILES_READ = 200, 60
LETTER_MOST_BYTES = 40 * 1024 * 1024
_BULK = {"bulk", "junk", "list", "auto_reply"}
_ROBOTS = re.compile(r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply)@", re.IGNORECASE)
_HEADERS = "(BODY.PEEK[HEADER])"


# --- Reading -------------------------------------------------------------------------------


class Mailbox:
    """An open mailbox. Errors of the protocol come as ``AdapterError``."""

    def __init__(self, client: imaplib.IMAP4) -> None:
        self._client = client

    def unread(self) -> list[str]:
        """Will give the numbers of at most 50 letters not read yet, oldest first."""
        _status, found = self._client.uid("SEARCH", "UNSEEN")
        return [uid.decode() for uid in (found[0] or b"").split()][:PER_ROUND]

    def fetch(self, uid: str) -> tuple[bytes, bool]:
        """Will give a letter and whether it is whole; of one too long the head alone."""
        _status, sized = self._client.uid("FETCH", uid, "(RFC822.SIZE)")
        size = re.search(rb"RFC822\.SIZE (\d+)", _joined(sized))
        is_whole = size is None or int(size.group(1)) <= LETTER_MOST_BYTES
        _status, found = self._client.uid("FETCH", uid, "(BODY.PEEK[])" if is_whole else _HEADERS)
        return next((part[1] for part in found if isinstance(part, tuple)), b""), is_whole

    def mark(self, uid: str, *, is_faulty: bool = False) -> None:
        """Will mark a letter as read; a faulty one so that people find it in the mailbox."""
        flags = r"(\Seen \Flagged)" if is_faulty else r"(\Seen)"
        self._client.uid("STORE", uid, "+FLAGS", flags)


@contextmanager
def opened(reach: Reach) -> Iterator[Mailbox]:
    """Will open the account's mailbox. Raises: AdapterError (not listed, not there, refused)."""
    client = None
    try:
        client = _connect(reach)
        client.login(str(reach.options.get("user", "")), reach.secrets.get("password", ""))
        client.select(str(reach.options.get("mailbox", "INBOX")))
        yield Mailbox(client)
    except (imaplib.IMAP4.error, OSError) as error:
        raise AdapterError(type(error).__name__, retryable=True) from error
    finally:
        if client is not None:
            _leave(client)


def parse(raw: bytes, *, at: datetime, is_whole: bool = True) -> Incoming:
    """Will read one letter, whatever is in it.

    Text is the plain part, else the HTML without its marks; quoted earlier letters are left out.
    Raises: InvalidInput (field "from": nobody wrote it).
    """
    letter = BytesParser(policy=policy.default).parsebytes(raw)
    name, address = parseaddr(_header(letter, "From"))
    if "@" not in address:
        raise InvalidInput(_("来信没有发件地址"), field="from")
    text, files = _contents(letter) if is_whole else (_("（来信过大，只收到信头）"), ())
    subject = " ".join(_header(letter, "Subject").split())
    return Incoming(
        provider_id=_header(letter, "Message-ID").strip() or hashlib.sha256(raw).hexdigest(),
        outsider=address.lower(),
        text=text.strip() or subject or _("（无正文）"),
        at=_sent(letter, at),
        name=name,
        subject=subject,
        thread=tuple(
            re.findall(r"<[^<>\s]+>", f"{letter['In-Reply-To']} {letter['References']}")[-20:]
        ),
        files=files,
        is_automatic=_is_automatic(letter, address),
    )


def _connect(reach: Reach) -> imaplib.IMAP4:
    host, port = str(reach.options.get("host", "")), int(reach.options.get("port", 993))
    try:
        target = check_outgoing(f"http://{host}:{port}/")
    except (InvalidInput, CallFailed) as error:
        raise AdapterError("mail server not listed", retryable=True) from error
    if reach.options.get("tls", True):
        return _PinnedImap(target)
    return imaplib.IMAP4(target.address, target.port, timeout=TIMEOUT_S)


class _PinnedImap(imaplib.IMAP4):
    """Connects to the judged address and still asks for the certificate of the name."""

    def __init__(self, target: Target) -> None:
        self._target = target
        super().__init__(target.address, target.port, timeout=TIMEOUT_S)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = socket.create_connection((self._target.address, self._target.port), timeout)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self._target.host)


def _leave(client: imaplib.IMAP4) -> None:
    try:
        client.logout()
    except (imaplib.IMAP4.error, OSError):
        client.shutdown()


def _joined(found: list[Any]) -> bytes:
    parts = (b" ".join(one) if isinstance(one, tuple) else one for one in found if one)
    return b" ".join(parts)


def _header(letter: Letter, name: str) -> str:
    try:
        return str(letter.get(name, "") or "")
    except (ValueError, IndexError, AttributeError):  # heads no parser understands
        return ""


def _sent(letter: Letter, fallback: datetime) -> datetime:
    try:
        found = parsedate_to_datetime(_header(letter, "Date"))
    except (ValueError, TypeError, IndexError):
        return fallback
    return min(found, fallback) if found.tzinfo else fallback


def _is_automatic(letter: Letter, address: str) -> bool:
    submitted = _header(letter, "Auto-Submitted").strip().lower()
    return (
        submitted not in ("", "no")
        or _header(letter, "Precedence").strip().lower() in _BULK
        or _header(letter, "Return-Path").strip() == "<>"
        or bool(_header(letter, "X-Auto-Response-Suppress") or _header(letter, "List-Id"))
        or _ROBOTS.match(address) is not None
        or letter.get_content_type() == "multipart/report"
    )


def _contents(letter: Letter) -> tuple[str, tuple[IncomingFile, ...]]:
    """Gives the words and the files of a letter; letters within it are named, not opened."""
    plain, html = "", ""
    files: list[IncomingFile] = []
    for part in _leaves(letter):
        kind = part.get_content_type()
        is_file = part.get_content_disposition() == "attachment" or part.get_filename()
        if not is_file and kind == "text/plain":
            plain += _words(part)
        elif not is_file and kind == "text/html":
            html += _words(part)
        elif kind != "text/calendar":
            files.append(_file(part, number=len(files)))
    return without_quotes(plain or from_html(html)), tuple(files)


def _leaves(letter: Letter) -> Iterator[Letter]:
    waiting, seen = [letter], 0
    while waiting and seen < PARTS_MOST:
        part = waiting.pop(0)
        seen += 1
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            inner = part.get_payload()
            waiting[:0] = [one for one in inner if isinstance(one, Letter)]
        else:
            yield part


def _words(part: Letter) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    for charset in (part.get_content_charset() or "utf-8", "gb18030"):
        try:
            return content.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("utf-8", "replace")


def _file(part: Letter, *, number: int) -> IncomingFile:
    name = part.get_filename() or _("附件%s") % (number + 1)
    if number >= FILES_READ:
        return IncomingFile(name, refused=Refused.TOO_MANY)
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):  # a letter within the letter
        return IncomingFile(name, refused=Refused.KIND)
    if len(content) > settings.UPLOAD_MAX_BYTES:
        return IncomingFile(name, refused=Refused.TOO_LARGE)
    if _is_locked(content):
        return IncomingFile(name, refused=Refused.LOCKED)
    return IncomingFile(name, content)


def _is_locked(content: bytes) -> bool:
    if not content.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return any(entry.flag_bits & 1 for entry in packed.infolist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


# --- Sending -------------------------------------------------------------------------------


def send(reach: Reach, outgoing: Outgoing) -> str:
    """Implements ``registry.Sender``; the number is made from the key, a repeat is the same letter.

    Raises: AdapterError.
    """
    address = str(reach.options.get("address", ""))
    name = hashlib.sha256(f"{reach.code}:{outgoing.key}".encode()).hexdigest()[:32]
    number = f"<{name}@{address.partition('@')[2] or 'citybrain.local'}>"
    heads = {"Message-ID": number}
    if outgoing.data.get("kind") != MessageKind.ANSWER:
        heads |= {"Auto-Submitted": "auto-generated", "Precedence": "bulk"}
    if re.fullmatch(r"<[^<>\s]+>", outgoing.answers):
        heads |= {"In-Reply-To": outgoing.answers, "References": outgoing.answers}
    mail = EmailMessage(
        subject=" ".join((outgoing.subject or _("市民热线答复")).split()),
        body=outgoing.text,
        from_email=address or None,
        to=[outgoing.to],
        headers=heads,
    )
    try:
        mail.send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, ValueError) as error:
        raise AdapterError(type(error).__name__, retryable=False) from error
    except (smtplib.SMTPException, OSError) as error:
        raise AdapterError(type(error).__name__, retryable=True) from error
    return number
