"""HTTP: a JSON document fetched by GET, values by path. No redirects, 1 MB at most."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from django.utils.translation import gettext as _

from apps.common.http import CallFailed, Target, get_bytes
from apps.polling.wire import Asked, Endpoint, Problem, Raw, Reader, Unanswered


@asynccontextmanager
async def connect(endpoint: Endpoint) -> AsyncIterator[Reader]:
    """Will give what fetches a path; each time over a connection of its own."""
    headers = {name: value for name, value in endpoint.secret.items() if name == "Authorization"}

    async def read(asked: Asked) -> Raw:
        # The address was judged by ``networks``; as a checked target it is not judged again.
        target = Target("http", endpoint.host, endpoint.port, asked.address, endpoint.host)
        try:
            answer = await asyncio.to_thread(
                get_bytes, "", headers=headers, timeout_s=endpoint.timeout_s, target=target
            )
            if answer.status != 200:
                raise Unanswered(f"HTTP {answer.status}")
            document = answer.json()
        except CallFailed as error:
            raise Unanswered(str(error)[:100]) from error
        except (ValueError, RecursionError) as error:
            raise Unanswered(_("应答不是有效的 JSON")) from error
        return {line.field: value_at(document, line.address) for line in asked.lines}

    yield read


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
