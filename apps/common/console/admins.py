"""The two kinds of console pages that write. Source: PT-15, AC-09, docs/decisions/0110.

``TwoPersonAdmin``: saving and deleting change nothing; they file what was entered, and it is
written when a second person has agreed, validated anew, through the app's service where there
is one. ``AuditedAdmin``: one person writes, and the log keeps what was before and after.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db import IntegrityError, models, transaction
from django.forms.models import _get_foreign_key
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.console import telling
from apps.common.console.edits import Agreement, Deed, Edit, the_keeper
from apps.common.console.rights import ByRight
from apps.common.console.telling import Line, Values
from apps.common.errors import DomainError, InvalidInput, Refused, Stale
from apps.common.phrases import labelled, points
from apps.common.signals import Change, announce
from apps.common.texts import REASON_LEAST, REASON_MOST, clean_reason

_ACTIONS = {
    Deed.ADD: "console.added",
    Deed.CHANGE: "console.changed",
    Deed.DELETE: "console.deleted",
}


def note(
    actor: Any,
    deed: Deed,
    row: models.Model,
    *,
    pk: Any,
    label: str,
    before: Values,
    after: Values,
    facts: dict[str, Any] | None = None,
) -> None:
    """Will put into the log what the console did to a row. pk: of a deleted row, too."""
    data = dict(facts or {})
    if deed == Deed.DELETE:
        data["before"] = before  # the log compares what is there afterwards; here is nothing
    announce(
        Change(
            actor=actor,
            action=_ACTIONS[deed],
            object_type=row._meta.label_lower,
            object_id=str(pk),
            object_label=label,
            data=data,
            before=before,
            after=after,
        )
    )


class ReasonedForm(forms.ModelForm):
    """What is wanted and why. refusal: why it could not be filed, told on the page."""

    refusal: ClassVar[DomainError | None] = None
    reason = forms.CharField(
        label=gettext_lazy("申请理由"),
        min_length=REASON_LEAST,
        max_length=REASON_MOST,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=gettext_lazy("4 至 300 个字，复核人会看到，并记入日志。"),
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.refusal is not None:
            field = self.refusal.field
            self.add_error(field if field in self.fields else None, str(self.refusal))
        return cleaned


class TwoPersonAdmin(ByRight, admin.ModelAdmin):
    """Pages whose edits take a second person. No quick edits in lists, no removal of many.

    A subclass overrides ``write`` where a service of its app is the only writer, and ``lock``
    where that service locks something else first. Superusers are not above it.
    """

    form = ReasonedForm
    list_editable = ()
    save_as = False
    change_form_template = "admin/held_change_form.html"
    delete_confirmation_template = "admin/held_delete_confirmation.html"

    # --- What a subclass may say of itself ---

    def label_of(self, row: models.Model) -> str:
        """Will give what a row is called in lists of what waits."""
        return f"{self.opts.verbose_name} {row}"

    def say(self, model: type[models.Model], field: str, value: Any) -> str:
        """Will say a value of a field of the row or of one below it."""
        return telling.in_words(model, field, value)

    def lock(self, pk: str) -> models.Model | None:
        """Will read the row under lock, with whatever its writer locks before it."""
        return self.model._base_manager.select_for_update(of=("self",)).filter(pk=pk).first()

    def write(
        self, form: forms.ModelForm, formsets: Sequence[Any], agreement: Agreement
    ) -> models.Model:
        """Will write a form that is valid, within the caller's transaction, and log it."""
        is_new = form.instance.pk is None
        before = {} if is_new else self.stated(self._standing(form.instance.pk))
        row = form.save()
        for formset in formsets:
            formset.save()
        saved = self._standing(row.pk)
        note(
            agreement.maker,
            Deed.ADD if is_new else Deed.CHANGE,
            saved,
            pk=saved.pk,
            label=self.label_of(saved),
            before=before,
            after=self.stated(saved),
            facts=agreement.facts,
        )
        return saved

    # --- What the keeper asks ---

    def may(self, person: Any, deed: str) -> bool:
        """Will tell whether somebody may file this here."""
        request = HttpRequest()
        request.user = person
        if deed == Deed.ADD:
            return self.has_add_permission(request)
        if deed == Deed.DELETE:
            return self.has_delete_permission(request)
        return self.has_change_permission(request)

    def version(self, payload: dict[str, Any]) -> str:
        """Will read what an edit rests on, under lock; "gone" if it is no longer there."""
        if payload["deed"] == Deed.ADD:
            return "new"
        row = self.lock(payload["pk"])
        return "gone" if row is None else self.token(row)

    def describe(self, payload: dict[str, Any]) -> list[tuple[str, str, str]]:
        """Will say an edit: what it is about, before, after."""
        return [telling.say_line(line, self.say) for line in payload["lines"]]

    def carry_out(self, payload: dict[str, Any], agreement: Agreement) -> str:
        """Will do what was filed, validated anew, and say so. Locks the row.

        Raises: Stale (it is gone); Refused (no longer valid, still used); what ``write`` does.
        """
        if payload["deed"] == Deed.DELETE:
            row = self._locked(payload)
            label = self.label_of(row)
            self._erase(row, agreement)
            return _("已删除：%(row)s") % {"row": label}
        form, formsets = self._bound(payload, agreement.maker)
        try:
            with transaction.atomic():
                row = self.write(form, formsets, agreement)
        except IntegrityError as error:
            raise Refused(_("与现有数据冲突，不能写入。")) from error
        return _("已写入：%(row)s") % {"row": self.label_of(row)}

    def token(self, row: models.Model) -> str:
        """Will give 64 characters that differ when the row or one on its page has changed."""
        below = [other for rows in self._below(row).values() for other in rows]
        return telling.token([row, *below])

    def stated(self, row: models.Model) -> Values:
        """Will give the row and those on its page as plain values."""
        values = telling.stated(row)
        for inline, rows in self._below(row).items():
            but = self._key_above(inline)
            values[inline.model._meta.model_name] = [telling.stated(r, but) for r in rows]
        return values

    def _erase(self, row: models.Model, agreement: Agreement) -> None:
        pk, label, before = row.pk, self.label_of(row), self.stated(row)
        try:
            row.delete()
        except (models.ProtectedError, models.RestrictedError) as error:
            raise Refused(_("仍被其他记录引用，不能删除。")) from error
        note(
            agreement.maker,
            Deed.DELETE,
            row,
            pk=pk,
            label=label,
            before=before,
            after={},
            facts=agreement.facts,
        )

    def _bound(self, payload: dict[str, Any], maker: Any) -> tuple[forms.ModelForm, list[Any]]:
        """Gives the form and formsets filled as they were posted, found valid."""
        row = self._locked(payload) if payload["deed"] == Deed.CHANGE else None
        request = HttpRequest()
        request.method, request.user = "POST", maker
        posted = QueryDict(mutable=True)
        for name, values in payload["posted"].items():
            posted.setlist(name, values)
        request.POST = posted
        # Dates and numbers were written as the maker's language writes them.
        with translation.override(payload["language"]):
            wanted = flatten_fieldsets(self.get_fieldsets(request, row))
            form = self.get_form(request, row, change=row is not None, fields=wanted)(
                request.POST, instance=row
            )
            is_valid = form.is_valid()
            formsets = [
                formset(**self.get_formset_kwargs(request, form.instance, inline, prefix))
                for formset, inline in self.get_formsets_with_inlines(request, row)
                if type(inline) in self._written_inlines() and (prefix := _prefix_of(formset))
            ]
            are_valid = [formset.is_valid() for formset in formsets]
        if not is_valid or not all(are_valid):
            told = points(_problems(form, formsets))
            raise Refused(_("现在核对未通过：%(why)s") % {"why": told})
        return form, formsets

    def _locked(self, payload: dict[str, Any]) -> models.Model:
        row = self.lock(payload["pk"])
        if row is None:
            raise Stale(_("此项已被删除。"))
        return row

    def _standing(self, pk: Any) -> models.Model:
        return self.model._base_manager.get(pk=pk)

    def _written_inlines(self) -> list[type[admin.options.InlineModelAdmin]]:
        return [
            inline
            for inline in self.inlines
            if not inline.fields or set(inline.fields) - set(inline.readonly_fields)
        ]

    def _below(self, row: models.Model) -> dict[Any, list[models.Model]]:
        found = {}
        for inline in self._written_inlines():
            rows = inline.model._base_manager.filter(**{self._key_above(inline): row})
            found[inline] = list(rows.order_by("pk"))
        return found

    def _key_above(self, inline: Any) -> str:
        key = _get_foreign_key(self.model, inline.model, fk_name=inline.fk_name)
        assert key is not None
        return str(key.name)

    # --- The pages ---

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        made = super().get_form(request, obj, change=change, **kwargs)
        for field in made.base_fields.values():
            if isinstance(field.widget, RelatedFieldWidgetWrapper):
                # Nothing made in a small window would be there to be chosen.
                field.widget.can_add_related = False
                field.widget.can_change_related = False
                field.widget.can_delete_related = False
        refusal = getattr(request, "console_refusal", None)
        return type(made.__name__, (made,), {"refusal": refusal}) if refusal else made

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The reason stands at the end of the page, below what it is about."""
        return [name for name in super().get_fields(request, obj) if name != "reason"]

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        row = self.get_object(request, object_id) if object_id else None
        seen = self.token(row) if row is not None else ""
        context = (extra_context or {}) | {
            "seen": request.POST.get("seen", seen),
            **self._told(request, object_id or ""),
        }
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except DomainError as refusal:
            request.console_refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        row = self.get_object(request, object_id)
        seen = self.token(row) if row is not None else ""
        context = (extra_context or {}) | {
            "seen": request.POST.get("seen", seen),
            "shortest": REASON_LEAST,
            "longest": REASON_MOST,
            **self._told(request, object_id),
        }
        try:
            return super().delete_view(request, object_id, context)
        except DomainError as refusal:
            context |= {"refusal": str(refusal), "typed": request.POST.get("reason", "")}
            request.POST = QueryDict()  # the question once more
            return super().delete_view(request, object_id, context)

    def _told(self, request: HttpRequest, pk: str) -> dict[str, Any]:
        keeper = the_keeper()
        found = keeper.waiting(request.user, model=self.opts.label_lower, pk=pk)
        return {"waiting_edits": found, "approvals_url": keeper.list_url}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Writes nothing: ``save_related`` files it all."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        standing = self._seen(request, form.instance.pk) if change else None
        written = [inline.model for inline in self._written_inlines()]
        kept = [formset for formset in formsets if formset.model in written]
        lines = telling.lines_of_form(form, standing)
        for formset in kept:
            lines += telling.lines_of_formset(formset)
        if not lines:
            raise InvalidInput(_("没有改动，不必提交。"))
        self._file(
            request,
            Deed.CHANGE if change else Deed.ADD,
            form.instance,
            lines=lines,
            posted=_posted(request.POST, form, kept),
            reason=form.cleaned_data["reason"],
        )

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        standing = self._seen(request, obj.pk)
        reason = clean_reason(request.POST.get("reason", ""), _("申请理由"))
        lines = telling.lines_of_removal(standing)
        for rows in self._below(standing).values():
            for row in rows:
                lines += telling.lines_of_removal(row)
        self._file(request, Deed.DELETE, standing, lines=lines, posted={}, reason=reason)

    def _seen(self, request: HttpRequest, pk: Any) -> models.Model:
        """Gives the row under lock if it is still as the page showed it."""
        standing = self.lock(str(pk))
        if standing is None or self.token(standing) != request.POST.get("seen"):
            raise Stale(_("您打开页面之后此项已有改动，请重新打开页面，核对后再提交。"))
        return standing

    def _file(
        self,
        request: HttpRequest,
        deed: Deed,
        row: models.Model,
        *,
        lines: list[Line],
        posted: dict[str, list[str]],
        reason: str,
    ) -> None:
        edit = Edit(
            deed=deed,
            model=self.opts.label_lower,
            pk="" if deed == Deed.ADD else str(row.pk),
            label=self.label_of(row),
            payload={
                "deed": str(deed),
                "model": self.opts.label_lower,
                "pk": "" if deed == Deed.ADD else str(row.pk),
                "language": translation.get_language(),
                "posted": posted,
                "lines": lines,
            },
        )
        url = the_keeper().file(request.user, edit, reason=reason)
        messages.success(
            request,
            format_html(
                '{} <a href="{}">{}</a>',
                _("已提交，现在尚未改动；须另一人复核同意后才写入。"),
                url,
                _("查看申请"),
            ),
        )

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return []

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing was added yet; the audit log keeps what was filed and what is done."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """As ``log_addition``."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """As ``log_addition``."""

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        return self._to_list()

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        return redirect(request.path)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> Any:
        return self._to_list()

    def _to_list(self) -> HttpResponse:
        return redirect(
            reverse(
                f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist",
                current_app=self.admin_site.name,
            )
        )


class AuditedAdmin(ByRight, admin.ModelAdmin):
    """Pages one person may write: little hangs on a row and it is as easily put right.

    Every row written or removed, also from a list, is in the log with before and after.
    """

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        rows = self.model._base_manager.select_for_update(of=("self",))
        before = telling.stated(rows.get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)
        saved = self.model._base_manager.get(pk=obj.pk)
        after = telling.stated(saved)
        if before != after:
            deed = Deed.CHANGE if change else Deed.ADD
            self._note(request, deed, saved, pk=saved.pk, before=before, after=after)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        pk, before = obj.pk, telling.stated(obj)
        super().delete_model(request, obj)
        self._note(request, Deed.DELETE, obj, pk=pk, before=before, after={})

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        with transaction.atomic():
            for row in queryset.order_by("pk"):
                self.delete_model(request, row)

    def _note(self, request: HttpRequest, deed: Deed, row: models.Model, **told: Any) -> None:
        note(request.user, deed, row, label=f"{self.opts.verbose_name} {row}", **told)


def find_two_person(label: str) -> TwoPersonAdmin | None:
    """Will give the page of a model ("app.model") whose edits take two; None: none any more."""
    try:
        found = admin.site._registry.get(apps.get_model(label))
    except LookupError:
        return None
    return found if isinstance(found, TwoPersonAdmin) else None


def _prefix_of(formset: Any) -> str:
    return str(formset.get_default_prefix())


def _posted(post: QueryDict, form: Any, formsets: Iterable[Any]) -> dict[str, list[str]]:
    """What was entered, without what belongs to the page alone. The empty row is no entry."""
    names = [form.add_prefix(name) for name in form.fields]
    prefixes = tuple(f"{formset.prefix}-" for formset in formsets)
    return {
        key: list(values)
        for key, values in sorted(post.lists())
        if "__prefix__" not in key
        and (
            key in names
            or any(key.startswith(f"{name}_") and key[len(name) + 1 :].isdigit() for name in names)
            or (prefixes and key.startswith(prefixes))
        )
    }


def _problems(main: Any, formsets: Iterable[Any]) -> Iterable[str]:
    below = [form for formset in formsets for form in formset.forms]
    for formset in formsets:
        yield from (str(error) for error in formset.non_form_errors())
    for form in (main, *below):
        for name, errors in form.errors.items():
            told = " ".join(str(error) for error in errors)
            yield labelled(form.fields[name].label, told) if name in form.fields else told
