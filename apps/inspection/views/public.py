"""What the public reads (一公开): draws, proofs, results, and a page that checks a proof."""

import json
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from apps.audit.middleware import client_address
from apps.common import masking, ratelimit
from apps.common.pages import paged, status_of
from apps.inspection import drawing
from apps.inspection.enums import DrawState
from apps.inspection.forms import ProofForm
from apps.inspection.models import DrawResult
from apps.inspection.selectors import draws
from apps.inspection.selectors.register import shown_name
from apps.inspection.selectors.tenants import public_tenant
from apps.inspection.views.draws import frozen_counts, proof_response

PROOF_MAX_BYTES = 4 * 1024 * 1024
#: About two seconds of work.
EFFORT_MOST = 1_000_000
TRIES_PER_HOUR = 60
#: What ``drawing.verify`` finds, in words.
DIFFERENCES = {
    "shape": gettext_lazy("文件不是抽取证明，或内容不完整"),
    "too_large": gettext_lazy("名单过大，请下载核验程序在本机核验"),
    "algorithm": gettext_lazy("证明使用了未知的算法"),
    "list_digest": gettext_lazy("名单与公布的摘要不一致，名单被改动过"),
    "secret_digest": gettext_lazy("随机种子与事先公布的摘要不一致"),
    "impossible": gettext_lazy("按该名单无法抽取，检查人员不足"),
    "results": gettext_lazy("重新计算的结果与所载结果不一致"),
    "results_digest": gettext_lazy("结果与公布的摘要不一致"),
}


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Every draw, also those given up, and the newest published results."""
    tenant = public_tenant()
    found = paged(request, draws.list_published(tenant))
    rows = [(one, shown_name(one.result.supervised)) for one in found.pop("rows")]
    context = found | {"rows": rows, "draws": draws.list_public_draws(tenant)[:20]}
    return render(request, "inspection/public/home.html", context)


@require_GET
def draw(request: HttpRequest, number: str) -> HttpResponse:
    """One draw: digests from the first moment, the result once drawn; people are masked."""
    found = draws.get_public_draw(public_tenant(), number)
    context: dict[str, Any] = {"draw": found, "counts": frozen_counts(found)}
    if found.state == DrawState.DRAWN:
        context["results"] = [_masked(one) for one in draws.results_of(found)]
        context["witness"] = masking.mask_name(found.witness)
    return render(request, "inspection/public/draw.html", context)


def _masked(result: DrawResult) -> dict[str, Any]:
    check = getattr(result, "check_result", None)
    return {
        "result": result,
        "name": shown_name(result.supervised),
        "inspectors": [
            f"{masking.mask_name(seat.inspector.user.full_name)}（{seat.inspector.ref}）"
            for seat in result.inspectors.all()
        ],
        "check": check if check is not None and check.published_at is not None else None,
    }


@require_GET
def proof(request: HttpRequest, number: str) -> HttpResponse:
    """The proof file of a draw."""
    return proof_response(draws.get_public_draw(public_tenant(), number))


@require_GET
def program(request: HttpRequest) -> FileResponse:
    """The one file that draws and verifies, for whoever wants to run it elsewhere."""
    return FileResponse(
        Path(drawing.__file__).open("rb"),
        as_attachment=True,
        filename="drawing.py",
        content_type="text/x-python; charset=utf-8",
    )


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Computes an uploaded proof again and says what agrees with what we published."""
    form = ProofForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST":
        ratelimit.hit(
            "inspection.verify",
            client_address(request) or "",
            limit=TRIES_PER_HOUR,
            per_seconds=3600,
        )
    if request.method == "POST" and form.is_valid():
        found = _read(form.cleaned_data["file"])
        codes = drawing.verify(found, effort=EFFORT_MOST)
        context |= {
            "checked": True,
            "differences": [DIFFERENCES[code] for code in codes],
            "published": draws.is_published(public_tenant(), found),
            "number": str(found.get("number", ""))[:20] if isinstance(found, dict) else "",
        }
    return render(request, "inspection/public/verify.html", context, status=status_of(form))


def _read(file: Any) -> Any:
    try:
        return json.loads(file.read(PROOF_MAX_BYTES + 1)[:PROOF_MAX_BYTES])
    except (ValueError, RecursionError):
        return None
