"""Addresses of applications: what may be registered, and what counts as the same address.

A redirect goes only to an address that was registered letter by letter; a CAS service address
may carry its own query. Nothing here follows an address.
"""

from collections.abc import Sequence
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.common.http import CallFailed, check_outgoing

LONGEST = 500
LONGEST_SERVICE = 1000
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def check_return_addresses(addresses: Sequence[str], *, field: str) -> None:
    """Raises: InvalidInput: not https (http only on one's own machine or in the city's own
    network by number), with a fragment, a user name, a wildcard or control characters."""
    for address in addresses:
        parts = _parsed(address, field)
        if parts.fragment or "*" in address:
            raise InvalidInput(
                _("地址不能含 # 或 *：%(address)s") % {"address": address}, field=field
            )
        if parts.scheme == "http" and not _is_inside(parts.hostname or ""):
            raise InvalidInput(
                _("公网地址须用 https：%(address)s") % {"address": address}, field=field
            )


def check_entrance(address: str) -> None:
    """Raises: InvalidInput (neither a path of ours nor an http address)."""
    if address and not (address.startswith("/") and not address.startswith("//")):
        _parsed(address, "start_url")


def check_logout_address(address: str) -> None:
    """Raises: InvalidInput (not an http address, or not one we are allowed to call)."""
    if not address:
        return
    _parsed(address, "logout_url")
    try:
        check_outgoing(address)
    except InvalidInput as error:
        raise InvalidInput(error.message, field="logout_url", code=error.code) from error
    except CallFailed as error:
        raise InvalidInput(_("退出通知地址的域名无法解析。"), field="logout_url") from error


def is_service_of(service: str, registered: Sequence[str]) -> bool:
    """Will tell whether a CAS service address is one of those registered, its query aside."""
    if len(service) > LONGEST_SERVICE or _has_controls(service):
        return False
    wanted = _split(service)
    if wanted is None or wanted.fragment or wanted.username is not None:
        return False
    return any(
        kept is not None
        and (wanted.scheme, wanted.netloc, wanted.path) == (kept.scheme, kept.netloc, kept.path)
        for kept in map(_split, registered)
    )


def with_parameters(address: str, **parameters: str) -> str:
    """Will add parameters to an address; those of the same name are replaced."""
    parts = urlsplit(address)
    query = [(k, v) for k, v in parse_qsl(parts.query, True) if k not in parameters]
    query += [(k, v) for k, v in parameters.items() if v]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _parsed(address: str, field: str) -> SplitResult:
    parts = _split(address)
    good = (
        parts is not None
        and parts.scheme in ("http", "https")
        and parts.hostname
        and parts.username is None
        and len(address) <= LONGEST
        and not _has_controls(address)
    )
    if not good or parts is None:
        raise InvalidInput(
            _("不是有效的 http(s) 地址：%(address)s") % {"address": address[:80]}, field=field
        )
    return parts


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  raises where the port is no number
    except ValueError:
        return None
    return parts


def _has_controls(address: str) -> bool:
    return any(ord(letter) <= 32 or letter in '\\"<>' or ord(letter) == 127 for letter in address)


def _is_inside(host: str) -> bool:
    numeric = host.replace(".", "").isdigit()
    return host in _LOOPBACK or (numeric and host.startswith(("10.", "172.", "192.168.", "127.")))
