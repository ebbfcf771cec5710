"""For everybody: is this document sealed by whom it says, and still as it was? ES-02."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from apps.audit.middleware import client_address
from apps.common import ratelimit
from apps.common.errors import InvalidInput, NotFound
from apps.common.pages import put_into, take
from apps.seals import services
from apps.seals.crypto import revocations
from apps.seals.crypto.certificates import pem_of, trusted
from apps.seals.forms import CodeForm, VerifyForm

TRIES_PER_MINUTE = 20


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Judges a document handed in, or leads to what a code stands for."""
    uploaded = VerifyForm(request.POST or None, request.FILES or None)
    asked = CodeForm(request.GET if "code" in request.GET else None)
    context: dict[str, Any] = {"form": uploaded, "codes": asked}
    if request.method == "POST":
        _limit(request)
        if uploaded.is_valid():
            upload, beside = (uploaded.cleaned_data[name] for name in ("file", "signature"))
            context["found"] = take(
                uploaded,
                lambda: (
                    services.verify_record(upload, beside)
                    if beside
                    else services.verify_upload(upload)
                ),
            )
    elif asked.is_bound and asked.is_valid():
        return redirect("seals-public:verify-code", code=asked.cleaned_data["code"].strip())
    status = 422 if uploaded.errors else 200
    return render(request, "seals/verify.html", context, status=status)


@require_GET
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """What was sealed under a verification code, without its content."""
    _limit(request)
    form = CodeForm({"code": code})
    form.is_valid()
    context: dict[str, Any] = {"form": VerifyForm(), "codes": form}
    try:
        use = services.find_by_code(code)
    except (InvalidInput, NotFound) as error:
        put_into(form, error)
        return render(request, "seals/verify.html", context, status=404)
    context |= {"use": use, "seals": services.seals_of(use)}
    return render(request, "seals/verify.html", context)


@require_GET
def authorities(request: HttpRequest) -> HttpResponse:
    """The certificates of the authorities believed here, for checks without us."""
    text = "".join(pem_of(each.dump()) for each in trusted())
    response = HttpResponse(text, content_type="application/x-pem-file")
    response["Content-Disposition"] = 'attachment; filename="authorities.pem"'
    return response


@require_GET
def lists(request: HttpRequest) -> HttpResponse:
    """The lists of revoked certificates, for checks without us."""
    text = "".join(pem_of(each.dump(), "X509 CRL") for each in revocations.lists())
    response = HttpResponse(text, content_type="application/x-pem-file")
    response["Content-Disposition"] = 'attachment; filename="revoked.pem"'
    return response


def _limit(request: HttpRequest) -> None:
    address = client_address(request) or ""
    ratelimit.hit("seals.verify", address, limit=TRIES_PER_MINUTE, per_seconds=60)
