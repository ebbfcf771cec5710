"""Questions asked side by side, each within its time. No database here.

Whatever a thing does (hangs, drips bytes, answers rubbish, hangs up), its question ends at its
deadline and costs nobody else anything but one place among those asked at once.
"""

import asyncio
import logging
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue

from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.networks import device_address
from apps.monitoring.enums import CheckKind
from apps.monitoring.probes import PROBES, Hindered, Outcome, Question, Silent

logger = logging.getLogger(__name__)

AT_ONCE = 64
#: How long a free place waits before it looks for a question again.
_PAUSE_S = 0.02
_THREADED = (
    CheckKind.HTTP, CheckKind.ONVIF, CheckKind.METRICS, CheckKind.VCENTER, CheckKind.DOCKER,
    CheckKind.HYPERV, CheckKind.XEN, CheckKind.HAPROXY, CheckKind.NGINX, CheckKind.HADOOP,
    CheckKind.ISAPI, CheckKind.DISKS,
)  # fmt: skip


def ask_all(
    questions: Sequence[Question],
    *,
    at_once: int = AT_ONCE,
    tell: Callable[[Outcome], object] | None = None,
) -> list[Outcome]:
    """Will ask everything and give what came, in the order of the questions.

    at_once: how many are under way at a time. tell: hears of each outcome as it comes, on this
    thread; while it runs nobody else is asked.
    """
    return asyncio.run(_ask_all(questions, at_once, tell)) if questions else []


async def _ask_all(
    questions: Sequence[Question], at_once: int, tell: Callable[[Outcome], object] | None
) -> list[Outcome]:
    places = min(at_once, len(questions))
    # Blocking calls (HTTP) wait in threads; with too few of them one would wait for another.
    pool = ThreadPoolExecutor(places)
    asyncio.get_running_loop().set_default_executor(pool)
    found: list[Outcome | None] = [None] * len(questions)
    left: Iterator[tuple[int, Question]] = iter(enumerate(questions))

    async def work() -> None:
        for place, question in left:
            outcome = await ask(question)
            found[place] = outcome
            if tell is not None:
                tell(outcome)

    await asyncio.gather(*(work() for _place in range(places)))
    return [outcome for outcome in found if outcome is not None]


async def ask(question: Question) -> Outcome:
    """Will ask once and give what came, whatever that is; over after the time-out.

    What fetches in threads ends itself after twice the time-out, and is left alone till then.
    """
    at = clock.now()
    try:
        device_address(question.host)  # the networks may be fewer than when it was written
        async with asyncio.timeout(question.timeout_s * (2.2 if question.kind in _THREADED else 1)):
            answer = await PROBES[question.kind](question)
    except Silent as error:
        return Outcome(question, at, problem=str(error)[:200] or _("没有有效应答"))
    except TimeoutError:
        return Outcome(question, at, problem=_("超时无应答"))
    except (Hindered, InvalidInput) as error:
        return Outcome(question, at, hindrance=str(error)[:200])
    except Exception:  # rubbish may break a library in any way; the others go on
        logger.exception("a thing could not be asked")
        return Outcome(question, at, problem=_("应答无法解析"))
    return Outcome(question, at, answer=answer)


def finite(values: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Will give the figures that are numbers: an exporter may say NaN."""
    return {code: value for code, value in values if math.isfinite(value)}


class Asker:
    """Questions asked on a thread of their own, while this one writes down what came.

    A context manager: whoever leaves it early (cancelled, failed) leaves nobody asking.
    """

    def __init__(self, *, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._questions: SimpleQueue[tuple[object, Question] | None] = SimpleQueue()
        self._outcomes: SimpleQueue[tuple[object, Outcome]] = SimpleQueue()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Asker":
        self._thread.start()
        return self

    def __exit__(self, *_how: object) -> None:
        self._is_over.set()
        for _place in range(self._at_once):
            self._questions.put(None)
        self._thread.join()

    def put(self, tag: object, question: Question) -> None:
        """Will have it asked when a place is free. tag: comes back with the outcome."""
        self._questions.put((tag, question))

    def take_all(self) -> list[tuple[object, Outcome]]:
        """Will give what has come since it was last asked, without waiting."""
        found = []
        while True:
            try:
                found.append(self._outcomes.get_nowait())
            except Empty:
                return found

    def _run(self) -> None:
        asyncio.run(self._work_all())

    async def _work_all(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(self._at_once))
        await asyncio.gather(*(self._work() for _place in range(self._at_once)))

    async def _work(self) -> None:
        while not self._is_over.is_set():
            try:
                next_one = self._questions.get_nowait()
            except Empty:
                await asyncio.sleep(_PAUSE_S)
                continue
            if next_one is None:
                return
            tag, question = next_one
            self._outcomes.put((tag, await ask(question)))
