"""Accounts, messages and agents as the tests begin with."""

import hashlib
import json
from datetime import datetime
from typing import Any

from apps.accounts.models import Organization, User
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.gateway import signing
from apps.messaging.models import ChannelAccount
from apps.messaging.registry import Incoming
from apps.messaging.services import AccountSpec, Received, receive, save_account
from tests.cast import ROLES, Cast, _person

TOKEN = "token-of-the-account"
SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY="
OPENID = "oABCD-1234567890-openid"
PHONE = "13812345678"


def agent(cast: Cast, name: str = "agent", unit: Organization | None = None) -> User:
    """Will give somebody who answers messages at a desk (default: the centre's)."""
    ROLES.setdefault(
        "message_agent",
        ["messaging.answer_messages", "hotline.take_calls", "matters.accept_case"],
    )
    return _person(name, "孟答", "message_agent", unit or cast.center)


def overseer(cast: Cast, name: str = "watcher") -> User:
    """Will give somebody who oversees the desk and keeps its accounts."""
    ROLES.setdefault(
        "message_overseer",
        ["messaging.oversee_messages", "messaging.keep_channels", "messaging.answer_messages"],
    )
    return _person(name, "冯看", "message_overseer", cast.center)


def account(cast: Cast, channel: str = "wechat", **given: Any) -> ChannelAccount:
    """Will give an account of the centre's desk that sends nothing."""
    plain: dict[str, Any] = {
        "code": f"{channel}-main",
        "name": "市民热线",
        "channel": channel,
        "sender": "simulator",
        "unit": cast.center,
        "secrets": {"token": TOKEN, "inbound": SECRET},
    }
    return save_account(SYSTEM, spec=AccountSpec(**plain | given))


_numbers = iter(range(1, 10**9))


def write(to: ChannelAccount, text: str, **given: Any) -> Received:
    """Will have a citizen write; every call is another message."""
    plain: dict[str, Any] = {
        "provider_id": f"m{next(_numbers)}",
        "outsider": PHONE if to.channel == "sms" else OPENID,
        "text": text,
        "at": clock.now(),
    }
    return receive(to, Incoming(**plain | given))


def wechat_query(at: datetime, *, nonce: str = "n1", token: str = TOKEN) -> dict[str, str]:
    """Will sign the query of a callback as the platform does."""
    stamp = str(int(at.timestamp()))
    joined = "".join(sorted([token, stamp, nonce]))
    return {
        "timestamp": stamp,
        "nonce": nonce,
        "signature": hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest(),
    }


def wechat_xml(text: str, *, number: str = "1", sender: str = OPENID) -> bytes:
    """Will write the body of a text message."""
    return (
        f"<xml><ToUserName>gh_1</ToUserName><FromUserName>{sender}</FromUserName>"
        f"<CreateTime>{int(clock.now().timestamp())}</CreateTime><MsgType>text</MsgType>"
        f"<Content><![CDATA[{text}]]></Content><MsgId>{number}</MsgId></xml>"
    ).encode()


def signed(told: dict[str, Any], *, secret: str = SECRET) -> dict[str, Any]:
    """Will give data and headers of a signed JSON message, for ``client.post``."""
    body = json.dumps(told).encode()
    heads = signing.headers([secret], message_id="w-1", at=clock.now(), body=body)
    return {
        "data": body,
        "content_type": "application/json",
        "headers": heads,
    }
