"""The pages of a connector's field mappings: rows, a try with a sample, the versions."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound
from apps.gateway import selectors, services
from apps.gateway.enums import MappingDirection
from apps.gateway.forms import MappingForm, RowForm, RowFormSet, rows_initial
from apps.gateway.mapping import MOST_ROWS, Mapped, Row, apply, check_rows
from apps.gateway.models import Connector
from apps.gateway.profiles import PROFILES, find_profile
from apps.gateway.views.access import manager_required

VERSIONS_SHOWN = 20
MORE_ROWS = 5


@manager_required
@require_http_methods(["GET", "POST"])
def mapping_out(request: HttpRequest, pk: int) -> HttpResponse:
    """How our messages are put into the other system's shape."""
    return _page(request, pk, MappingDirection.OUT)


@manager_required
@require_http_methods(["GET", "POST"])
def mapping_in(request: HttpRequest, pk: int) -> HttpResponse:
    """How the other system's results are put into ours."""
    return _page(request, pk, MappingDirection.IN)


def _page(request: HttpRequest, pk: int, direction: MappingDirection) -> HttpResponse:
    connector = selectors.get_connector(actor_of(request), pk)
    current = selectors.find_mapping(connector, direction)
    profile = find_profile(request.GET.get("profile", ""))
    begun = [row.as_json() for row in profile.rows(direction)] if profile else None
    sample = profile.sample(direction) if profile else None
    tried: Mapped | None = None
    form = MappingForm(
        request.POST or None,
        initial={
            "seen_version": current.version if current else 0,
            "sample": selectors.sample_of(connector, direction)
            if sample is None
            else json.dumps(sample, ensure_ascii=False, indent=2),
            "note": _("按“%s”填入") % profile.label if profile else "",
        },
    )
    kept = begun if begun is not None else current.rows if current else []
    rows = RowFormSet(_with_more(request), initial=rows_initial(kept), prefix="rows")
    do = request.POST.get("do", "")
    if do in ("try", "save") and rows.is_valid() and form.is_valid():
        if do == "try":
            tried = _try(form, rows, direction)
        elif _save(request, connector, form, rows, direction):
            return redirect(request.path)
    context = {
        "connector": connector,
        "direction": direction.value,
        "current": current,
        "profiles": PROFILES,
        "profile": profile,
        "form": form,
        "rows": rows,
        "tried": tried,
        "result": json.dumps(tried.values, ensure_ascii=False, indent=2) if tried else "",
        "versions": selectors.list_mappings(connector, direction)[:VERSIONS_SHOWN],
    }
    return render(request, "gateway/mapping.html", context)


def _with_more(request: HttpRequest) -> QueryDict | None:
    """What was sent, with more empty rows where they were asked for."""
    if request.POST.get("do") != "more":
        return request.POST or None
    data = request.POST.copy()
    total = data.get("rows-TOTAL_FORMS", "")
    if total.isascii() and total.isdigit():
        data["rows-TOTAL_FORMS"] = str(min(int(total[:4]) + MORE_ROWS, MOST_ROWS))
    return data


def _try(form: MappingForm, rows: Any, direction: MappingDirection) -> Mapped | None:
    """Maps the sample with the rows as they stand on the page; writes nothing."""
    filled = _filled(rows)
    found: list[Row] = [each.row for each in filled]
    try:
        check_rows(found, direction)
    except InvalidInput as refusal:
        _put_at_row(form, filled, refusal)
        return None
    try:
        return apply(found, form.document, direction=direction)
    except ValueError:
        form.add_error("sample", _("样例不是 JSON"))
        return None


def _save(
    request: HttpRequest,
    connector: Connector,
    form: MappingForm,
    rows: Any,
    direction: MappingDirection,
) -> bool:
    filled = _filled(rows)
    try:
        made = services.set_mapping(
            actor_of(request),
            connector_id=connector.pk,
            direction=direction,
            rows=[each.row for each in filled],
            seen_version=form.cleaned_data["seen_version"],
            note=form.cleaned_data["note"],
        )
    except (NotFound, NotAllowed):
        raise
    except DomainError as refusal:
        _put_at_row(form, filled, refusal)
        return False
    messages.success(request, _("已保存为第 %d 版，此后发送和收到的消息按它转换") % made.version)
    return True


def _filled(rows: Any) -> list[RowForm]:
    return [each for each in rows.forms if not each.is_empty]


def _put_at_row(form: forms.Form, filled: list[RowForm], refusal: DomainError) -> None:
    """Shows a refusal above the form and, where it names a row, at that row."""
    form.add_error(None, str(refusal))
    number = refusal.data.get("row", 0)
    if 1 <= number <= len(filled):
        filled[number - 1].add_error(refusal.data["column"], str(refusal))
