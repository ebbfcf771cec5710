"""HTTP: status, a text in the answer, time. No redirects, 1 MB at most; HTTPS is verified."""

import asyncio
import time

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.http import Answer as Page
from apps.common.http import CallFailed, Target, get_bytes
from apps.monitoring.probes.wire import Answer, Question, Silent

_FINE = range(200, 400)


async def ask(question: Question) -> Answer:
    """Will fetch a page and judge it. Figures: time_ms, status, bytes. Raises: Silent.

    settings: path; scheme ("http" or "https"); status (exactly this; default 200-399); text
    (must stand in the answer).
    """
    began = time.perf_counter()
    page = await fetch(question)
    took = (time.perf_counter() - began) * 1000
    wanted = question.settings.get("status")
    if page.status != wanted if wanted else page.status not in _FINE:
        raise Silent(f"HTTP {page.status}")
    text = str(question.settings.get("text", ""))
    if text and text not in page.body.decode("utf-8", "replace"):
        raise Silent(_("应答中没有约定的文字“%(text)s”") % {"text": text[:40]})
    return Answer({"time_ms": round(took, 3), "status": page.status, "bytes": len(page.body)})


async def fetch(question: Question, *, accept: str = "*/*") -> Page:
    """Will fetch what ``settings["path"]`` names, whatever its status. Raises: Silent."""
    scheme = str(question.settings.get("scheme", "http"))
    path = str(question.settings.get("path", "/"))
    # The address was judged by ``common.networks``; as a checked target it is not judged again.
    target = Target(scheme, question.host, question.port, path, question.host)
    headers = {"Accept": accept}
    if authorization := question.secret.get("Authorization"):
        headers["Authorization"] = authorization
    try:
        return await asyncio.to_thread(
            get_bytes, "", headers=headers, timeout_s=question.timeout_s, target=target
        )
    except CallFailed as error:
        raise Silent(reason_of(error)) from error


def reason_of(error: CallFailed) -> str:
    """Will say in words why a call failed; what is not known is told as it is."""
    text = str(error)
    for part, words in _REASONS.items():
        if part in text.lower():
            return str(words)
    return text[:150]


_REASONS = {
    "refused": gettext_lazy("连接被拒绝"),
    "timed out": gettext_lazy("超时无应答"),
    "too slow": gettext_lazy("超时无应答"),
    "certificate": gettext_lazy("证书不受信任"),
    "reset": gettext_lazy("连接被对方中断"),
    "closed connection": gettext_lazy("连接被对方中断"),
    "no route": gettext_lazy("网络不通"),
    "longer than": gettext_lazy("应答过长"),
}
