"""Doing a thing once although it was asked for twice.

A client names its request with a key; whoever repeats the key gets the stored answer. Called
by the REST layer and by deeds that take a ``key``. Source: MT-13.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from apps.common import clock
from apps.common.errors import InvalidInput, Refused
from apps.common.models import IdempotencyRecord

KEEP = timedelta(hours=24)
MAX_KEY_LENGTH = 200

_CLAIM = """
    INSERT INTO common_idempotencyrecord
        (scope, key, request_digest, response, created_at, expires_at)
    VALUES (%s, %s, %s, 'null', %s, %s)
    ON CONFLICT (scope, key) DO UPDATE
        SET request_digest = EXCLUDED.request_digest, response = 'null',
            created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at
        WHERE common_idempotencyrecord.expires_at < EXCLUDED.created_at
    RETURNING id
"""


def once(
    scope: str, key: str, *, request_digest: str, do: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """Will run ``do`` the first time and give its stored answer every further time.

    scope: whose keys these are, for example ``api:<client id>``; key: 1-200 characters.
    request_digest: what the request says; the same key with another digest is refused.
    do: answers plain JSON values (dates and decimals become text).
    Gives the answer and whether it is a repeated one. Answers are kept 24 hours.

    The key is claimed in the transaction of ``do``: a second request at the same time waits
    for the first to end, then gets its answer, or does the deed itself if the first failed.

    Raises: InvalidInput (the key is empty or too long); Refused, code
        ``idempotency_key_reused`` (same key, another request).
    """
    if not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise InvalidInput(_("幂等键长度应为 1 至 200 个字符"), field="Idempotency-Key")
    with transaction.atomic():
        record_id = _claim(scope, key, request_digest)
        if record_id is not None:
            answer: dict[str, Any] = json.loads(json.dumps(do(), cls=DjangoJSONEncoder))
            IdempotencyRecord.objects.filter(pk=record_id).update(response=answer)
            return answer, False
        record = IdempotencyRecord.objects.get(scope=scope, key=key)
    if record.request_digest != request_digest:
        raise Refused(_("此幂等键已用于另一个不同的请求"), code="idempotency_key_reused")
    return dict(record.response), True


def purge() -> int:
    """Will drop the answers that are out of date and give their number."""
    return IdempotencyRecord.objects.filter(expires_at__lt=clock.now()).delete()[0]


def _claim(scope: str, key: str, request_digest: str) -> int | None:
    """Gives the id of the record now ours, or None where a valid answer is stored.

    INSERT ... ON CONFLICT waits for an uncommitted rival; an outdated record is taken over.
    """
    moment = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [scope, key, request_digest, moment, moment + KEEP])
        row = cursor.fetchone()
    return None if row is None else int(row[0])
