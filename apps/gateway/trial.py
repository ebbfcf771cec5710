"""Trying the API out on the real city: everything is judged and done, then taken back.

From the moment a trial client is let in, its request runs in one transaction that is rolled
back before the answer leaves. So rules, refusals and answers are those of the real thing, and
nothing is kept: no case, no event, no message, no idempotency key. What was ordered "after
commit" never happens. Rate, quota and the record of the call count as ever. Source: GW-05.
"""

from django.db import transaction
from django.http import HttpRequest, HttpResponse

HEADER = "CityBrain-Trial"
_KEY = "gateway_trial"


def begin(request: HttpRequest) -> None:
    """Will take back whatever this request does from here on."""
    atomic = transaction.atomic()
    atomic.__enter__()
    setattr(request, _KEY, atomic)


def end(request: HttpRequest, response: HttpResponse | None) -> None:
    """Will take back what a trial client did and say so; nothing for others."""
    atomic = getattr(request, _KEY, None)
    if atomic is None:
        return
    delattr(request, _KEY)
    transaction.set_rollback(True)
    atomic.__exit__(None, None, None)
    if response is not None:
        response[HEADER] = "taken-back"
