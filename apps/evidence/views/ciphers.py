"""The inventory of cryptography: what the installation uses now, and what 密评 still asks for."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.common import ciphers, clock
from apps.common.ciphers import Use
from apps.common.exports import Column, xlsx_response
from apps.evidence.views.access import READ_AUDIT, SEE_BOARD, holders_of

SOON = timedelta(days=30)


def state_of(use: Use) -> tuple[str, str]:
    """Will give the level and the words for how a use stands."""
    moment = clock.now()
    if use.fault:
        return "over", str(use.fault)
    if use.rotate_by is not None and use.rotate_by <= moment:
        return "over", str(_("应更换"))
    if use.rotate_by is not None and use.rotate_by <= moment + SOON:
        return "soon", str(_("即将到期"))
    return "done", str(_("在用"))


COLUMNS = [
    Column(_("用途"), lambda use: str(use.purpose), 40),
    Column(_("位置"), lambda use: use.place, 30),
    Column(_("算法"), lambda use: use.algorithm, 26),
    Column(_("国密要求"), lambda use: use.national, 14),
    Column(_("国密状况"), lambda use: str(_("已用") if use.has_national else _("缺")), 10),
    Column(_("责任人"), lambda use: str(use.owner), 16),
    Column(_("建立时间"), lambda use: use.created_at, 18),
    Column(_("应更换"), lambda use: use.rotate_by, 18),
    Column(_("状态"), lambda use: state_of(use)[1], 20),
]


@holders_of(SEE_BOARD, READ_AUDIT)
@require_GET
def cipher_list(request: HttpRequest) -> HttpResponse:
    """Every use with its state; those without a national algorithm are counted."""
    uses = ciphers.all_uses()
    rows = [(use, *state_of(use)) for use in uses]
    context = {
        "rows": rows,
        "missing": sum(1 for use in uses if not use.has_national),
        "due": sum(1 for _use, level, _text in rows if level == "over"),
        "asked_at": clock.now(),
    }
    return render(request, "evidence/cipher_list.html", context)


@holders_of(SEE_BOARD, READ_AUDIT)
@require_GET
def cipher_export(request: HttpRequest) -> HttpResponseBase:
    """The same as a table."""
    uses = ciphers.all_uses()
    audit.record(
        actor_of(request),
        "ciphers.exported",
        object_type="evidence.ciphers",
        data={"rows": len(uses)},
    )
    return xlsx_response(f"ciphers-{clock.today()}.xlsx", COLUMNS, uses)
