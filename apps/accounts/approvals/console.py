"""Edits of the console that take a second person, and those that are only logged.

What many deeds rest on is held until somebody else has checked it: calendars, dictionaries,
levels of areas, words of danger. The console tries such an edit as Django does, takes it back,
and files it with what the form said; approving sends the same form again in the name of who
filed it. Nobody is above this, a superuser neither. Source: PT-15, AC-09, decision 110.
"""

import hashlib
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import construct_change_message
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.messages.storage.base import BaseStorage
from django.core import serializers
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.approvals import services
from apps.accounts.approvals.registry import Act, Difference, Execution, Proposal, Result
from apps.accounts.models import HeldChange, Organization, User
from apps.accounts.selectors import main_post_of
from apps.audit.services import record
from apps.common.errors import DomainError, Refused

EDIT = "accounts-console-edit"
CHECKS = "accounts.manage_roles"
#: What the city's clocks, codes, areas and warnings rest on.
TWO_PERSON = {
    "clocks.Calendar", "common.Dictionary", "common.DictionaryEntry", "nlp.DangerWord",
    "places.AreaLevel",
}  # fmt: skip
_REASON = "change_reason"
_OURS = {"csrfmiddlewaretoken", _REASON, "_save", "_addanother", "_continue", "_saveasnew"}
_NONE = "—"


class Tried(Exception):
    """An edit that went through on trial and was taken back."""


class TwoPersonEdits(admin.ModelAdmin):
    """Holds what is added, changed or deleted until somebody else has checked it."""

    change_form_template = "admin/held_change_form.html"
    delete_confirmation_template = "admin/held_delete_confirmation.html"
    list_editable = ()
    actions = None

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:  # fmt: skip
        """Tries the form; files it where it would have been saved."""
        context = (extra_context or {}) | {"waiting": waiting_for(self.model, object_id)}
        if request.method != "POST" or hasattr(request, "console_execution"):
            return super().changeform_view(request, object_id, form_url, context)
        shown = self._tried(
            request, lambda: super(TwoPersonEdits, self).changeform_view(
                request, object_id, form_url, context
            ),
        )  # fmt: skip
        return shown or self._filed(request, object_id, "change" if object_id else "add")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Asks for the reason beside what the model has."""
        may_write = (
            self.has_change_permission(request, obj) if change else self.has_add_permission(request)
        )
        if may_write and not hasattr(request, "console_execution"):
            kwargs.setdefault("form", type("HeldForm", (self.form,), {_REASON: _reason_field()}))
        return super().get_form(request, obj, change, **kwargs)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Tries to delete; files it where it would have been done."""
        if request.method != "POST" or hasattr(request, "console_execution"):
            return super().delete_view(request, object_id, extra_context)
        shown = self._tried(
            request,
            lambda: super(TwoPersonEdits, self).delete_view(request, object_id, extra_context),
        )
        return shown or self._filed(request, object_id, "delete")

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Keeps what the form changes, field by field, beside Django's own words."""
        request.console_lines = _lines(form, formsets or [], is_new=add)  # type: ignore[attr-defined]
        return construct_change_message(form, formsets, add)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        """Says only that it went through: on trial and when approved nobody sees a page."""
        return HttpResponseRedirect(reverse("admin:index"))

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        """As ``response_add``."""
        return HttpResponseRedirect(reverse("admin:index"))

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> Any:
        """As ``response_add``."""
        return HttpResponseRedirect(reverse("admin:index"))

    def _tried(self, request: HttpRequest, deed: Any) -> HttpResponseBase | None:
        """The page to show where the edit would not go through, else None."""
        queue = _NoMessages(request)
        kept = request._messages  # type: ignore[attr-defined]
        request._messages = queue  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                answer: HttpResponseBase = deed()
                if isinstance(answer, HttpResponseRedirect):
                    raise Tried
                return answer
        except Tried:
            return None
        finally:
            request._messages = kept  # type: ignore[attr-defined]

    def _filed(self, request: HttpRequest, object_id: str | None, deed: str) -> HttpResponseBase:
        maker: Any = request.user
        post = main_post_of(maker)
        try:
            if post is None:
                raise Refused(_("您今天没有任职，不能提交须双人复核的修改。"))
            row = self.get_object(request, object_id) if object_id else None
            label = f"{self.opts.verbose_name} {row or _('新增')}"
            payload = {
                "model": self.opts.label,
                "pk": object_id,
                "deed": deed,
                "form": {k: request.POST.getlist(k) for k in request.POST if k not in _OURS},
                "lines": getattr(request, "console_lines", None) or _gone(row),
            }
            proposal = Proposal(
                act=EDIT, subject_type=self.opts.label, subject_id=object_id or f"new:{deed}",
                subject_label=label, organization=post.organization, payload=payload,
            )  # fmt: skip
            reason = request.POST.get(_REASON, "")
            held = services.file_change(maker, proposal=proposal, reason=reason)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return redirect(request.get_full_path())
        messages.success(request, _("已提交，由另一人复核后生效。"))
        return redirect(reverse("accounts:approval-detail", args=[held.pk]))


class LoggedEdits(admin.ModelAdmin):
    """Writes what one person adds, changes or deletes into our own log."""

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Keeps what the form changes for the log."""
        request.console_lines = _lines(form, formsets or [], is_new=add)  # type: ignore[attr-defined]
        return construct_change_message(form, formsets, add)

    def log_addition(self, request: HttpRequest, object: Any, message: Any) -> Any:
        _log(request.user, "console.added", object, getattr(request, "console_lines", []))
        return super().log_addition(request, object, message)

    def log_change(self, request: HttpRequest, object: Any, message: Any) -> Any:
        _log(request.user, "console.changed", object, getattr(request, "console_lines", []))
        return super().log_change(request, object, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for row in queryset:
            _log(request.user, "console.deleted", row, _gone(row))
        return super().log_deletions(request, queryset)


class _NoMessages(BaseStorage):
    """Takes what the trial says, and forgets it."""

    def _get(self, *args: Any, **kwargs: Any) -> tuple[list[Any], bool]:
        return [], True

    def _store(self, messages: Any, response: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return []


def waiting_for(model: type[Model], object_id: str | None) -> list[HeldChange]:
    """Will give what waits for a second person about this row, or about new ones."""
    found = HeldChange.objects.filter(
        act=EDIT, subject_type=model._meta.label, state=HeldChange.State.PENDING
    )
    wanted = found.filter(subject_id=object_id or "new:add")
    return list(wanted.select_related("maker").order_by("pk"))


def _reason_field() -> forms.CharField:
    return forms.CharField(
        label=_("修改理由"), min_length=services.SHORTEST_REASON, max_length=300,
        help_text=_("给复核人看；复核通过后才生效"), widget=AdminTextInputWidget,
    )  # fmt: skip


def _lines(form: Any, formsets: Any, *, is_new: bool) -> list[list[str]]:
    told = [
        [
            str(form.fields[name].label or name),
            _NONE if is_new else _shown(form.get_initial_for_field(form.fields[name], name)),
            _shown(form.cleaned_data.get(name)),
        ]
        for name in form.changed_data
        if name != _REASON
    ]
    for formset in formsets:
        kind = str(formset.model._meta.verbose_name)
        told += [[kind, _NONE, str(row)] for row in formset.new_objects]
        told += [[kind, _("原有"), str(row)] for row, _fields in formset.changed_objects]
        told += [[kind, str(row), _NONE] for row in formset.deleted_objects]
    return told


def _shown(value: Any) -> str:
    if value in (None, ""):
        return _NONE
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    return str(value)


def _gone(row: Any) -> list[list[str]]:
    return [[str(row._meta.verbose_name), str(row), _NONE]] if row is not None else []


def _log(actor: Any, action: str, row: Any, lines: list[list[str]], **data: Any) -> None:
    record(
        actor, action, object_type=row._meta.label_lower, object_id=row.pk,
        object_label=str(row),
        data={
            "before": {label: before for label, before, _after in lines},
            "after": {label: after for label, _before, after in lines},
            **data,
        },
    )  # fmt: skip


def _admin_of(payload: dict[str, Any]) -> Any:
    registered = admin.site._registry.items()
    return next(one for model, one in registered if model._meta.label == payload["model"])


def _may_make(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    app, _dot, model = payload["model"].partition(".")
    return maker.is_staff and maker.has_perm(f"{app}.{payload['deed']}_{model.lower()}")


def _version(payload: dict[str, Any]) -> str:
    if payload["pk"] is None:
        return "new"
    model = _admin_of(payload).model
    row = model._default_manager.select_for_update(of=("self",)).filter(pk=payload["pk"]).first()
    if row is None:
        return "gone"
    rows = [row]
    for relation in model._meta.related_objects:
        if relation.one_to_many and relation.on_delete.__name__ == "CASCADE":
            kept = relation.related_model._default_manager.filter(**{relation.field.name: row})
            rows += list(kept.order_by("pk")[:1000])
    return hashlib.sha256(serializers.serialize("json", rows).encode()).hexdigest()


def _describe(payload: dict[str, Any]) -> list[Difference]:
    return [Difference(*line) for line in payload["lines"]]


def _execute(execution: Execution) -> Result:
    payload = execution.payload
    keeper = _admin_of(payload)
    request = HttpRequest()
    request.method = "POST"
    request.user = execution.maker
    request.POST = QueryDict(mutable=True)
    for name, values in payload["form"].items():
        request.POST.setlist(name, values)
    request.POST["post" if payload["deed"] == "delete" else "_save"] = "yes"
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    request._messages = _NoMessages(request)  # type: ignore[attr-defined]
    request.console_execution = execution  # type: ignore[attr-defined]
    row = keeper.get_object(request, payload["pk"]) if payload["pk"] else None
    try:
        if payload["deed"] == "delete":
            answer = keeper.delete_view(request, payload["pk"])
        else:
            answer = keeper.changeform_view(request, payload["pk"])
    except PermissionDenied as error:
        raise Refused(_("提交人没有修改该配置的权限。")) from error
    if not isinstance(answer, HttpResponseRedirect):
        raise Refused(_("配置已有变化，表单不能再通过，请重新提交。"))
    checker = execution.checker.display_name if execution.checker else ""
    record(
        execution.maker, f"console.{payload['deed']}", object_type=payload["model"].lower(),
        object_id=payload["pk"] or "", object_label=str(row or payload["model"]),
        data={
            "before": {label: before for label, before, _after in payload["lines"]},
            "after": {label: after for label, _before, after in payload["lines"]},
            "checker": checker,
        },
    )  # fmt: skip
    return Result(_("已按申请修改配置。"))


CONSOLE_ACT = Act(
    code=EDIT,
    label=gettext_lazy("修改管理台配置"),
    checker_permission=CHECKS,
    may_make=_may_make,
    version=_version,
    describe=_describe,
    execute=_execute,
)
