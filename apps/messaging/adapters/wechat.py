"""WeChat official accounts: signed callbacks in, customer and template messages out.

Callbacks carry ``signature``, the SHA-1 of the sorted token, timestamp and nonce; in the safe mode
(``encrypt_type=aes``) the body is encrypted and ``msg_signature`` covers it. An account with an
AES key takes nothing else. The platform waits five seconds and sends again: the address answers at
once, everything else is done later. Pictures and voice stay with the platform and are fetched
later (``fetch``). Options: ``api_base``, ``app_id``, ``template_id`` (optional).
Secrets: ``token``, ``app_secret``, ``aes_key`` (optional). Source: HL-06, the platform's guide to
messages.
"""

import base64
import binascii
import hashlib
import json
import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.errors import InvalidInput, NotAllowed
from apps.common.http import AnswerTooLong, CallFailed, get_bytes, post_json
from apps.gateway.services import nonces
from apps.messaging.enums import Refused
from apps.messaging.registry import (
    AdapterError,
    Incoming,
    IncomingFile,
    IncomingMedia,
    Outgoing,
    Reach,
)

FRESH_SECONDS = 300
TIMEOUT_S = 4.0
TOKEN_MARGIN_S = 300  # a token is asked for anew so long before it ends
MEDIA_TIMEOUT_S = 10.0
#: What is fetched, and what the citizen is told it was; names say the type to people only.
_MEDIA = {
    "image": gettext_lazy("图片"),
    "voice": gettext_lazy("语音"),
    "video": gettext_lazy("视频"),
}
#: Answers of the platform that mean "no such thing, or no longer": it keeps media three days.
_GONE = {40007, 40004, 45001, 46001}
BLOCK = 32  # of the padding, wider than that of AES
#: Answers of the platform that mean "your token is none".
_STALE = {40001, 40014, 42001}
#: ... and "not now".
_LATER = {-1, 45009, 45047}


def verify(reach: Reach, query: Mapping[str, str], body: bytes, *, at: datetime) -> bytes:
    """Will give the body of a callback as plain XML, or the echo text of the address's check.

    Raises: NotAllowed (code "signature": unsigned, forged, too old, or another message under a
        number used before; the very same one again is let through, it does nothing twice).
    """
    stamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    is_number = stamp.isascii() and stamp.isdigit() and len(stamp) <= 12
    if not is_number or abs(at.timestamp() - int(stamp)) > FRESH_SECONDS:
        raise _unsigned()
    token = reach.secrets.get("token", "")
    plain = body
    if reach.secrets.get("aes_key"):
        sealed = _sealed(body) if body else query.get("echostr", "")
        expected = _sha1(token, stamp, nonce, sealed)
        if not constant_time_compare(expected, query.get("msg_signature", "")):
            raise _unsigned()
        plain = _open(reach, sealed)
    elif not token or not constant_time_compare(
        _sha1(token, stamp, nonce), query.get("signature", "")
    ):
        raise _unsigned()
    elif not body:
        plain = query.get("echostr", "").encode()
    _refuse_replay(reach, f"{stamp}:{nonce}", body)
    return plain


def parse(body: bytes, *, at: datetime) -> Incoming | None:
    """Will give the message of a callback, None for an event that says nothing to us.

    XML, or JSON as mini-programs may be set to send. Raises: InvalidInput (field "body").
    """
    told = _fields(body)
    kind, sender = told.get("MsgType", ""), told.get("FromUserName", "")
    if not sender or not kind:
        raise InvalidInput(_("消息缺少发送方或类型"), field="body")
    if kind == "event":
        return _event(told, at)
    text = {
        "text": told.get("Content", ""),
        "voice": told.get("Recognition", "") or _("[语音]"),
        "image": _("[图片]"),
        "video": _("[视频]"),
        "location": f"{told.get('Label', '')} {told.get('Location_X')},{told.get('Location_Y')}",
    }.get(kind, _("[其他消息]"))
    return Incoming(
        provider_id=told.get("MsgId") or _made_number(told),
        outsider=sender,
        text=text,
        at=_moment(told.get("CreateTime", ""), at),
        media=_media(kind, told.get("MediaId", "")),
    )


def _media(kind: str, media_id: str) -> tuple[IncomingMedia, ...]:
    if kind not in _MEDIA or not media_id:
        return ()
    return (IncomingMedia(media_id, str(_MEDIA[kind])),)


def fetch(reach: Reach, media_id: str) -> IncomingFile:
    """Will fetch a picture or a voice the platform holds.

    Implements ``registry.Fetcher``. At most ``UPLOAD_MAX_BYTES`` are read; what they are is
    judged by who keeps them. Raises: AdapterError.
    """
    for is_last in (False, True):
        token = quote(_access_token(reach))
        url = f"{_base(reach)}/cgi-bin/media/get?access_token={token}&media_id={quote(media_id)}"
        try:
            answer = get_bytes(
                url,
                headers={"Accept": "*/*"},
                timeout_s=MEDIA_TIMEOUT_S,
                most_bytes=settings.UPLOAD_MAX_BYTES,
            )
        except InvalidInput as error:
            raise AdapterError("address not listed", retryable=True) from error
        except AnswerTooLong:
            return IncomingFile("", refused=Refused.TOO_LARGE)
        except CallFailed as error:
            raise AdapterError(str(error)[:200] or "no answer", retryable=True) from error
        if answer.status != 200:
            raise AdapterError(f"answered {answer.status}", retryable=answer.status >= 500)
        code = _refusal(answer.body)
        if code in _STALE and not is_last:
            cache.delete(_token_key(reach))
            continue
        if code in _GONE:
            return IncomingFile("", refused=Refused.GONE)
        if code:
            raise AdapterError(f"errcode {code}", retryable=code in _LATER or code in _STALE)
        return IncomingFile("", answer.body)
    raise AdapterError("no access token", retryable=True)


def _refusal(body: bytes) -> int:
    """The platform answers a refusal with JSON where the file should be; 0: it is the file."""
    if body[:1] != b"{" or len(body) > 1000:
        return 0
    try:
        told = json.loads(body)
    except ValueError:
        return 0
    return int(told.get("errcode") or 0) if isinstance(told, dict) else 0


def send(reach: Reach, outgoing: Outgoing) -> str:
    """Will send a customer message, or a template message where the time for those is over.

    Implements ``registry.Sender``. Raises: AdapterError.
    """
    body = {"touser": outgoing.to, "msgtype": "text", "text": {"content": outgoing.text}}
    answer = _call(reach, "message/custom/send", body)
    if answer.get("errcode") == 45015 and reach.options.get("template_id"):
        template = {
            "touser": outgoing.to,
            "template_id": reach.options["template_id"],
            "client_msg_id": outgoing.key[:32],
            "data": {"content": {"value": outgoing.text[:200]}},
        }
        answer = _call(reach, "message/template/send", template)
    code = int(answer.get("errcode") or 0)
    if code:
        raise AdapterError(f"errcode {code}", retryable=code in _LATER or code in _STALE)
    return str(answer.get("msgid", ""))


def _call(reach: Reach, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Calls with the token known; asks for a new one once where the platform says it is none."""
    answer: dict[str, Any] = {}
    for is_last in (False, True):
        url = f"{_base(reach)}/cgi-bin/{path}?access_token={quote(_access_token(reach))}"
        answer = _json_of(url, body)
        if answer.get("errcode") not in _STALE or is_last:
            return answer
        cache.delete(_token_key(reach))
    return answer


def _access_token(reach: Reach) -> str:
    known = cache.get(_token_key(reach))
    if known:
        return str(known)
    url = (
        f"{_base(reach)}/cgi-bin/token?grant_type=client_credential"
        f"&appid={quote(str(reach.options.get('app_id', '')))}"
        f"&secret={quote(reach.secrets.get('app_secret', ''))}"
    )
    try:
        answer = get_bytes(url, timeout_s=TIMEOUT_S).json()
    except InvalidInput as error:
        raise AdapterError("address not listed", retryable=True) from error
    except (CallFailed, ValueError) as error:
        raise AdapterError(type(error).__name__, retryable=True) from error
    token = str(answer.get("access_token", "")) if isinstance(answer, dict) else ""
    if not token:
        raise AdapterError("no access token", retryable=True)
    seconds = int(answer.get("expires_in", 7200)) - TOKEN_MARGIN_S
    cache.set(_token_key(reach), token, max(seconds, 1))
    return token


def _json_of(url: str, body: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = post_json(url, body, timeout_s=TIMEOUT_S)
        found = answer.json()
    except InvalidInput as error:
        raise AdapterError("address not listed", retryable=True) from error
    except (CallFailed, ValueError) as error:
        raise AdapterError(type(error).__name__, retryable=True) from error
    if answer.status != 200 or not isinstance(found, dict):
        raise AdapterError(f"answered {answer.status}", retryable=answer.status >= 500)
    return found


def _base(reach: Reach) -> str:
    return str(reach.options.get("api_base", "")).rstrip("/")


def _token_key(reach: Reach) -> str:
    return f"messaging:wechat-token:{reach.code}"


def _sha1(*parts: str) -> str:
    # The platform's scheme; what it guards is checked again by time, number and, in safe mode, AES.
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def _refuse_replay(reach: Reach, number: str, body: bytes) -> None:
    whose, digest = f"wechat:{reach.code}", hashlib.sha256(body).hexdigest()
    is_new = nonces.is_new(whose, number)
    is_other = nonces.is_new(whose, f"{number}:{digest}")
    if not is_new and is_other:
        raise _unsigned()


def _sealed(body: bytes) -> str:
    return _fields(body).get("Encrypt", "")


def _open(reach: Reach, sealed: str) -> bytes:
    """Opens AES-256-CBC: 16 random bytes, the length, the message, the account's id."""
    try:
        key = base64.b64decode(reach.secrets["aes_key"] + "=", validate=True)
        opener = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        padded = opener.update(base64.b64decode(sealed, validate=True)) + opener.finalize()
        content = padded[: -padded[-1]] if 1 <= padded[-1] <= BLOCK else b""
        (length,) = struct.unpack(">I", content[16:20])
        message, app_id = content[20 : 20 + length], content[20 + length :]
    except (ValueError, IndexError, struct.error, binascii.Error) as error:
        raise _unsigned() from error
    if not constant_time_compare(app_id, str(reach.options.get("app_id", "")).encode()):
        raise _unsigned()
    return message


def _fields(body: bytes) -> dict[str, str]:
    try:
        if body.lstrip()[:1] == b"{":
            told = json.loads(body)
            return {str(k): str(v) for k, v in told.items()} if isinstance(told, dict) else {}
        root = ElementTree.fromstring(body)
    except (ValueError, ElementTree.ParseError, DefusedXmlException) as error:
        raise InvalidInput(_("消息不是有效的 XML 或 JSON"), field="body") from error
    return {child.tag: (child.text or "") for child in root}


def _event(told: dict[str, str], at: datetime) -> Incoming | None:
    """A pressed menu says its key; whoever leaves wants nothing more; the rest says nothing."""
    event = told.get("Event", "").lower()
    text = {"click": told.get("EventKey", ""), "unsubscribe": "退订", "subscribe": "START"}
    said = text.get(event, "")
    if not said:
        return None
    moment = _moment(told.get("CreateTime", ""), at)
    return Incoming(_made_number(told), told["FromUserName"], said, moment)


def _made_number(told: dict[str, str]) -> str:
    parts = (told.get(k, "") for k in ("FromUserName", "CreateTime", "Event", "EventKey"))
    return "event:" + "|".join(parts)


def _moment(stamp: str, fallback: datetime) -> datetime:
    """The platform's time, as far as it is not ahead of ours."""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return fallback
    return min(datetime.fromtimestamp(int(stamp), tz=UTC), fallback)


def _unsigned() -> NotAllowed:
    return NotAllowed(_("签名无效或已过期"), code="signature")
