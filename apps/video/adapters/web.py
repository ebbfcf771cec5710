"""Cameras asked over HTTP: a picture by GET, or a stream that never ends (MJPEG, MPEG-TS)."""

import http.client

from apps.common.challenge import answer_to
from apps.common.http import Answer, CallFailed, connect_bounded, get_bytes, post_bytes
from apps.video.adapters.base import (
    MOST_PICTURE_BYTES,
    TIMEOUT_S,
    Adapter,
    Stream,
    Way,
    check_picture,
    with_credentials,
)
from apps.video.errors import NoPicture
from apps.video.networks import Place


def ask(
    place: Place,
    way: Way,
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    most_bytes: int = 1024 * 1024,
) -> Answer:
    """Will ask a device, a second time with credentials if it wants them, and give a 200 answer.

    At most ``TIMEOUT_S`` for each read and twice that for the whole of each call.
    Raises: NoPicture.
    """
    sent = {"Accept": "*/*", **(headers or {})}
    answer = _call(place, body, sent, most_bytes)
    if answer.status == 401 and way.username:
        said = answer.headers.get("www-authenticate", "")
        method = "GET" if body is None else "POST"
        proof = answer_to(
            said, method=method, uri=place.path, username=way.username, password=way.password
        )
        if proof:
            answer = _call(place, body, sent | {"Authorization": proof}, most_bytes)
    return judged(answer)


def judged(answer: Answer) -> Answer:
    """Will give an answer of status 200. Raises: NoPicture (by status)."""
    if answer.status in (401, 403):
        raise NoPicture("wrong_password")
    if answer.status in (301, 302, 303, 307, 308):
        raise NoPicture("redirected")
    if answer.status == 404:
        raise NoPicture("not_found")
    if answer.status != 200:
        raise NoPicture("bad_answer", f"HTTP {answer.status}")
    return answer


def failed(error: CallFailed) -> NoPicture:
    """Will tell a call that was too slow from one that reached nobody."""
    text = str(error)
    if "too slow" in text or "TimeoutError" in text or "timed out" in text:
        return NoPicture("timeout")
    return NoPicture("too_large") if "longer than" in text else NoPicture("unreachable")


def _call(place: Place, body: bytes | None, headers: dict[str, str], most_bytes: int) -> Answer:
    try:
        if body is not None:
            return post_bytes("", body, headers=headers, timeout_s=TIMEOUT_S, target=place.target)
        return get_bytes(
            "", headers=headers, timeout_s=TIMEOUT_S, target=place.target, most_bytes=most_bytes
        )
    except CallFailed as error:
        raise failed(error) from error


def _picture(way: Way) -> bytes:
    return check_picture(ask(way.there(), way, most_bytes=MOST_PICTURE_BYTES).body)


def _check_picture(way: Way) -> None:
    _picture(way)


def _check_stream(way: Way) -> None:
    """Reads the head of the answer only: the body has no end."""
    place = way.there()
    answer = _head(place, {})
    if answer.status == 401 and way.username:
        said = answer.headers.get("www-authenticate", "")
        proof = answer_to(
            said, method="GET", uri=place.path, username=way.username, password=way.password
        )
        answer = _head(place, {"Authorization": proof}) if proof else answer
    judged(answer)


def _head(place: Place, headers: dict[str, str]) -> Answer:
    try:
        with connect_bounded(place.target, timeout_s=TIMEOUT_S) as connection:
            connection.request("GET", place.path, headers={"Accept": "*/*", **headers})
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, b"", found)
    except CallFailed as error:
        raise failed(error) from error
    except (OSError, http.client.HTTPException) as error:
        raise failed(CallFailed(type(error).__name__)) from error


def _stream(way: Way) -> Stream:
    return with_credentials(way.there(), way)


PICTURE = Adapter(check=_check_picture, picture=_picture)
STREAM = Adapter(check=_check_stream, stream=_stream)
