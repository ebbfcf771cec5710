"""Writing a listener: one page, saved whole; buttons that add or drop lines save nothing."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_of
from apps.common.errors import DomainError, NotAllowed
from apps.matters import permissions, selectors, services
from apps.matters.enums import EffectKind, ListenerState
from apps.matters.listener_conditions import ConditionEditor
from apps.matters.listener_forms import (
    ListenerForm,
    MapForm,
    fresh_rows,
    initial_of,
    map_forms,
    stored_rows,
    unjudged,
)
from apps.matters.models import Listener
from apps.matters.views.requests import viewer_of

#: Beginnings of the buttons that change the page and save nothing.
_CHANGES = ("refresh", "add", "group", "drop", "row")


@dataclass
class _Page:
    """What the editor shows: the form, the condition, the rows of the mapping."""

    form: ListenerForm
    condition: ConditionEditor
    rows: list[MapForm]

    def is_valid(self) -> bool:
        judged = [self.form.is_valid(), self.condition.is_valid()]
        is_open = self.form.data.get("effect") == EffectKind.OPEN
        judged += [row.is_valid() for row in self.rows] if is_open else []
        for words in self.condition.errors:
            self.form.add_error(None, words)
        return all(judged)

    def effect_data(self) -> dict[str, Any]:
        data = self.form.effect_data()
        if self.form.cleaned_data["effect"] == EffectKind.OPEN:
            data["mapping"] = [row.row() for row in self.rows if row.row()]
        return data

    def blame(self, error: DomainError) -> None:
        """Will put a refusal beside the field it names."""
        name = (error.field or "").replace(".", "_")
        name = {"pattern": "matters"}.get(name, name)
        self.form.add_error(name if name in self.form.fields else None, str(error))


@login_required
@require_http_methods(["GET", "POST"])
def listener_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new listener, or a draft or paused one written anew."""
    actor = viewer_of(request)
    listener = selectors.get_listener(actor, listener_id=pk) if pk is not None else None
    _require_may_write(actor, listener)
    deed = request.POST.get("deed", "")
    is_change = deed.partition(":")[0] in _CHANGES
    if request.method == "GET":
        page = _opened(actor, listener)
    elif is_change:
        page = _changed(actor, listener, request.POST, deed)
    else:
        page = _posted(actor, listener, request.POST)
        if page.is_valid() and (saved := _save(actor, listener, page)):
            return _done(request, actor, saved, submit=deed == "submit")
    context = {
        "listener": listener,
        "form": page.form,
        "condition": page.condition,
        "rows": page.rows,
    }
    return render(request, "matters/listeners/listener_edit.html", context)


def _require_may_write(actor: User, listener: Listener | None) -> None:
    if listener is None:
        if not actor.has_perm("matters.edit_listeners"):
            raise NotAllowed(_("您没有编写监听的权限"))
        return
    permissions.require_edit_listener(actor, listener)
    if listener.state not in (ListenerState.DRAFT, ListenerState.PAUSED):
        raise NotAllowed(_("启用中或待复核的监听不能修改，请先停用或退回"))


def _form(actor: User, listener: Listener | None, *args: Any, **kwargs: Any) -> ListenerForm:
    scope = scope_of(actor)
    tenants = Tenant.objects.order_by("code")
    if not scope.everything:
        tenants = tenants.filter(pk__in=scope.tenant_ids)
    form = ListenerForm(*args, tenants=tenants, everywhere=scope.everything, **kwargs)
    if listener is not None:
        del form.fields["tenant"]
    return form


def _opened(actor: User, listener: Listener | None) -> _Page:
    initial = initial_of(listener) if listener else {"effect": EffectKind.NOTIFY}
    condition = ConditionEditor.of(listener.condition if listener else {})
    return _Page(_form(actor, listener, initial=initial), condition, stored_rows(listener))


def _changed(actor: User, listener: Listener | None, data: QueryDict, deed: str) -> _Page:
    matter = data.get("open_matter", "")
    rows = [{name: row[name].data for name in row.fields} for row in map_forms(data, matter=matter)]
    if deed == "row":
        rows.append({})
    elif deed.startswith("row:") and deed[4:].isdecimal() and int(deed[4:]) < len(rows):
        del rows[int(deed[4:])]
    form = unjudged(_form(actor, listener, data))
    return _Page(form, ConditionEditor.changed(data, deed), fresh_rows(rows, matter=matter))


def _posted(actor: User, listener: Listener | None, data: QueryDict) -> _Page:
    rows = map_forms(data, matter=data.get("open_matter", ""))
    return _Page(_form(actor, listener, data), ConditionEditor.judged(data), rows)


def _save(actor: User, listener: Listener | None, page: _Page) -> Listener | None:
    given = page.form.cleaned_data
    values: dict[str, Any] = {
        "name": given["name"],
        "purpose": given["purpose"],
        "pattern": page.form.pattern(),
        "condition": page.condition.condition(),
        "effect": EffectKind(given["effect"]),
    }
    try:
        values["effect_data"] = page.effect_data()
        if listener is not None:
            return services.edit_listener(actor, listener_id=listener.pk, **values)
        tenant = Tenant.objects.filter(pk=given["tenant"]).first() if given["tenant"] else None
        return services.create_listener(actor, tenant=tenant, **values)
    except DomainError as error:
        page.blame(error)
        return None


def _done(request: HttpRequest, actor: User, saved: Listener, *, submit: bool) -> HttpResponse:
    """To the page of the listener; a submission that is refused is told there, nothing is lost."""
    messages.success(request, _("已保存为草稿"))
    if submit:
        try:
            services.submit_listener(actor, listener_id=saved.pk)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("已提交，等待另一人复核"))
    return redirect("matters:listener-detail", pk=saved.pk)
