"""Gateways asked, all at once, each within its time. No database here.

Whatever a gateway does (hangs, drips bytes, answers rubbish, hangs up), its session ends at
the deadline and what was read until then is kept. Source: IO-10.
"""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.common import clock
from apps.polling.adapters import OPENERS
from apps.polling.wire import Asked, Endpoint, Outcome, Problem, Reader, Unanswered, Unreachable

logger = logging.getLogger(__name__)

#: A session is over after so many seconds, however many devices were not reached.
SESSION_S = 15


@dataclass(frozen=True)
class Session:
    """What is to be asked of one gateway over so many connections at once."""

    endpoint: Endpoint
    asked: tuple[Asked, ...]
    concurrency: int = 1


def ask_all(sessions: Sequence[Session], *, seconds: float = SESSION_S) -> list[list[Outcome]]:
    """Will hold the sessions side by side and give what came of each, in order.

    A device the time did not suffice for has no outcome; it stays due.
    """
    return asyncio.run(_ask_all(sessions, seconds)) if sessions else []


async def _ask_all(sessions: Sequence[Session], seconds: float) -> list[list[Outcome]]:
    # Blocking calls (HTTP) wait in threads; with too few of them one would wait for another.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max(8, len(sessions))))
    return await asyncio.gather(*(_hold(session, seconds) for session in sessions))


async def _hold(session: Session, seconds: float) -> list[Outcome]:
    shares = [session.asked[n :: session.concurrency] for n in range(session.concurrency)]
    found = await asyncio.gather(
        *(_ask_share(session.endpoint, share, seconds) for share in shares if share)
    )
    return [outcome for outcomes in found for outcome in outcomes]


async def _ask_share(endpoint: Endpoint, share: Sequence[Asked], seconds: float) -> list[Outcome]:
    """One connection, one device after the other."""
    outcomes: list[Outcome] = []
    try:
        async with asyncio.timeout(seconds), OPENERS[endpoint.protocol](endpoint) as read:
            for asked in share:
                outcome = await _ask(read, asked, 2 * endpoint.timeout_s + 1)
                outcomes.append(outcome)  # one by one: at the deadline these are kept
    except Unreachable as error:
        outcomes = [_failed(asked, str(error)) for asked in share]
    except TimeoutError:
        if not outcomes:
            outcomes = [_failed(share[0], _("超时无应答"))]
    return outcomes


async def _ask(read: Reader, asked: Asked, seconds: float) -> Outcome:
    try:
        async with asyncio.timeout(seconds):
            raw = await read(asked)
    except Unanswered as error:
        return _failed(asked, str(error))
    except TimeoutError:
        return _failed(asked, _("超时无应答"))
    except Unreachable:
        raise
    except Exception:  # rubbish may break a library in any way; the other devices go on
        logger.exception("a device could not be asked")
        return _failed(asked, _("应答无法解析"))
    problems = [value.text for value in raw.values() if isinstance(value, Problem)]
    why = problems[0] if problems and len(problems) == len(raw) else ""
    return Outcome(asked, clock.now(), raw, why)


def _failed(asked: Asked, error: str) -> Outcome:
    return Outcome(asked, clock.now(), error=error[:200])
