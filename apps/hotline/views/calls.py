"""The list of calls and their recordings; the reveal of a reporter."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.assurance.demands import require
from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.hotline import permissions, services
from apps.hotline.enums import CallState
from apps.hotline.selectors import calls
from apps.hotline.telephony import exchange
from apps.hotline.views.access import number_or_none

PAGE_SIZE = 30
CHUNK_BYTES = 64 * 1024
_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


@login_required
@require_GET
def call_list(request: HttpRequest) -> HttpResponse:
    """Will list own calls, for supervisors all of the tenant."""
    viewer = actor_of(request)
    oversees = permissions.can_oversee_calls(viewer)
    if not oversees:
        permissions.require_take_calls(viewer)
    state = request.GET.get("state", "")
    found = calls.list_calls(viewer).prefetch_related("demands__case")
    if state in CallState.values:
        found = found.filter(state=state)
    page_number = number_or_none(request.GET.get("page")) or 1
    start = (page_number - 1) * PAGE_SIZE
    rows = list(found[start : start + PAGE_SIZE + 1])
    for call in rows:
        call.may_play = permissions.can_play(viewer, call)  # type: ignore[attr-defined]
        call.shows_phone = permissions.can_see_phone(viewer, call)  # type: ignore[attr-defined]
    context = {
        "calls": rows[:PAGE_SIZE],
        "page_number": page_number,
        "has_next": len(rows) > PAGE_SIZE,
        "states": CallState.choices,
        "state": state,
        "oversees": oversees,
    }
    return render(request, "hotline/call_list.html", context)


@login_required
@require_GET
def recording(request: HttpRequest, call_id: int) -> HttpResponseBase:
    """Will play a recording, whole or a range of bytes; each start is logged."""
    viewer = actor_of(request)
    call = calls.get_call(viewer, call_id)
    permissions.require_play(viewer, call)
    opened = exchange().open_recording(call.recording)
    asked = byte_range(request.headers.get("Range", ""), opened.size_bytes)
    if asked is None:
        opened.stream.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{opened.size_bytes}"})
    first, last, is_part = asked
    if first == 0:
        services.record_playback(viewer, call=call)
    opened.stream.seek(first)
    response = StreamingHttpResponse(
        _chunks(opened.stream, last - first + 1),
        content_type=opened.media_type,
        status=206 if is_part else 200,
    )
    response["Content-Length"] = str(last - first + 1)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-store"
    if is_part:
        response["Content-Range"] = f"bytes {first}-{last}/{opened.size_bytes}"
    return response


def byte_range(header: str, size: int) -> tuple[int, int, bool] | None:
    """Will give first byte, last byte and whether it is a part; None: cannot be satisfied.

    One range only; a header that is no range of bytes is ignored. Source: RFC 9110, 14.
    """
    found = _RANGE.match(header)
    if found is None or header == "bytes=-":
        return (0, size - 1, False)
    start, end = found.groups()
    if not start:
        length = min(int(end), size)
        return (size - length, size - 1, True) if length else None
    first, last = int(start), min(int(end), size - 1) if end else size - 1
    return (first, last, True) if first <= last else None


def _chunks(stream: BinaryIO, length: int) -> Iterator[bytes]:
    with stream:
        while length > 0 and (chunk := stream.read(min(CHUNK_BYTES, length))):
            length -= len(chunk)
            yield chunk


@login_required
@require_POST
def reveal(request: HttpRequest, case_id: int) -> HttpResponse:
    """Will show the reporter's name and phone after a purpose was given (fragment)."""
    require(request, "personal.reveal")
    context: dict[str, object] = {"case_id": case_id}
    status = 200
    try:
        context["revealed"] = services.reveal_reporter(
            actor_of(request), case_id=case_id, purpose=request.POST.get("purpose", "")
        )
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        context["problem"], status = str(error), 422
    if request.headers.get("HX-Request"):
        status = 200  # htmx swaps nothing for other answers
    return render(request, "hotline/_reporter_revealed.html", context, status=status)
