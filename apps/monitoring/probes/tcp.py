"""TCP: whether somebody takes the connection, and how long that lasts."""

import asyncio
import contextlib
import time

from django.utils.translation import gettext as _

from apps.monitoring.probes.wire import Answer, Question, Silent


async def ask(question: Question) -> Answer:
    """Will connect and hang up. Figure: time_ms. Raises: Silent."""
    began = time.perf_counter()
    try:
        _reader, writer = await asyncio.open_connection(question.host, question.port)
    except OSError as error:
        raise Silent(_("连接不上：%(why)s") % {"why": error.strerror or error}) from error
    took = (time.perf_counter() - began) * 1000
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return Answer({"time_ms": round(took, 3)})
