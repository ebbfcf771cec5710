"""HTTP: a JSON document fetched by GET, values by path. No redirects, 1 MB at most.

Over TLS the other side must have a certificate of the city's authority
(``settings.POLLING_AUTHORITY``) in its time and made out to the name that was entered.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.common.http import Answer, CallFailed, Target, get_bytes
from apps.polling.adapters.login import Login
from apps.polling.wire import Asked, Endpoint, Problem, Raw, Reader, Unanswered, Unreachable

# Numbers of OpenSSL's verify(1).
_NOT_YET, _EXPIRED, _WRONG_NAME, _WRONG_ADDRESS = 9, 10, 62, 64
_UNKNOWN_SIGNERS = frozenset({2, 18, 19, 20, 21, 24})


@asynccontextmanager
async def connect(endpoint: Endpoint) -> AsyncIterator[Reader]:
    """Will give what fetches a path; each time over a connection of its own."""
    login = Login(endpoint.secret)

    async def read(asked: Asked) -> Raw:
        answer = await asyncio.to_thread(_fetch, endpoint, asked.address, login)
        if answer.status == 401 and login.take(answer.headers.get("www-authenticate", "")):
            answer = await asyncio.to_thread(_fetch, endpoint, asked.address, login)
        if answer.status == 401:
            raise Unanswered(_("网关不接受登录凭据（HTTP 401）"))
        if answer.status != 200:
            raise Unanswered(f"HTTP {answer.status}")
        try:
            document = answer.json()
        except (ValueError, RecursionError) as error:
            raise Unanswered(_("应答不是有效的 JSON")) from error
        return {line.field: value_at(document, line.address) for line in asked.lines}

    yield read


def _fetch(endpoint: Endpoint, path: str, login: Login) -> Answer:
    # The address was judged by ``networks``; as a checked target it is not judged again.
    name = endpoint.server_name or endpoint.host
    target = (
        Target("https", name, endpoint.port, path, endpoint.host, settings.POLLING_AUTHORITY)
        if endpoint.is_tls
        else Target("http", endpoint.host, endpoint.port, path, endpoint.host)
    )
    try:
        return get_bytes(
            "", headers=login.header(path), timeout_s=endpoint.timeout_s, target=target
        )
    except CallFailed as error:
        if isinstance(error.__cause__, ssl.SSLCertVerificationError):
            raise Unreachable(_why(error.__cause__, name)) from error
        raise Unanswered(str(error)[:100]) from error
    except OSError as error:
        raise Unreachable(_("本市证书机构的证书文件无法读取")) from error


def _why(error: ssl.SSLCertVerificationError, name: str) -> str:
    """What is wrong with a certificate, in words."""
    if error.verify_code == _EXPIRED:
        return _("网关证书已过期")
    if error.verify_code == _NOT_YET:
        return _("网关证书尚未生效")
    if error.verify_code in (_WRONG_NAME, _WRONG_ADDRESS):
        return _("网关证书不是发给 %(name)s 的") % {"name": name}
    if error.verify_code in _UNKNOWN_SIGNERS:
        return _("网关证书不是本市证书机构签发的")
    return _("网关证书未通过验证：%(why)s") % {"why": error.verify_message}


def value_at(document: Any, path: str) -> Any:
    """Will give what stands at a path of names and numbers joined by dots."""
    for step in path.split("."):
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return Problem(_("没有 %(path)s") % {"path": path})
    if isinstance(document, dict | list):
        return Problem(_("%(path)s 不是单个值") % {"path": path})
    return document
