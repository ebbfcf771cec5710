"""Pages of the code lists: look up, change, retire, take along as a sheet, bring in again.

Everybody who signed in may look a code up; changing needs ``common.manage_dictionaries``.
Source: CO-02.
"""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common import clock, dictionaries, imports
from apps.common.dictionary_forms import (
    EntriesFileForm,
    EntryForm,
    EntrySearchForm,
    ListSearchForm,
)
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.common.exports import xlsx_response
from apps.common.models import Dictionary, DictionaryEntry
from apps.common.pages import paged, put_into

SHOWN_ERRORS = 50


@login_required
@require_GET
def dictionary_list(request: HttpRequest) -> HttpResponse:
    form = ListSearchForm(request.GET)
    found = Dictionary.objects.annotate(size=Count("entries"))
    if form.is_valid():
        found = found.filter(_matching(form.cleaned_data["q"], "code", "name"))
        if form.cleaned_data["kind"]:
            found = found.filter(is_national=form.cleaned_data["kind"] == "national")
    context = {"form": form, **paged(request, found.order_by("-is_national", "code"))}
    return render(request, "common/dictionary_list.html", context)


@login_required
@require_GET
def dictionary_detail(request: HttpRequest, code: str) -> HttpResponse:
    dictionary = _dictionary(code)
    form = EntrySearchForm(request.GET)
    context = {
        "dictionary": dictionary,
        "form": form,
        "today": clock.today(),
        "may_manage": _may_manage(request),
        **paged(request, _found(dictionary, form, clock.today())),
    }
    return render(request, "common/dictionary_detail.html", context)


@login_required
@require_GET
def dictionary_export(request: HttpRequest, code: str) -> FileResponse:
    """The entries of a search as a sheet that can be brought in again."""
    dictionary = _dictionary(code)
    found = _found(dictionary, EntrySearchForm(request.GET), clock.today())
    return xlsx_response(
        dictionary.name, dictionaries.EXPORT_COLUMNS, found.iterator(chunk_size=2000)
    )


@login_required
@require_http_methods(["GET", "POST"])
def entry_edit(request: HttpRequest, code: str, entry_id: int | None = None) -> HttpResponse:
    """A new entry, or another label, place, parent or last day of one that stands."""
    _require_manage(request)
    dictionary = _dictionary(code)
    entry = None
    if entry_id is not None:
        entry = dictionary.entries.filter(pk=entry_id).select_related("parent").first()
        if entry is None:
            raise NotFound(_("没有这个字典项"))
    form = EntryForm(request.POST or None, entry=entry)
    if request.method == "POST" and form.is_valid():
        taken = entry is None and dictionary.entries.filter(code=form.cleaned_data["code"]).exists()
        if taken:
            form.add_error("code", _("已有这个代码；请在列表中修改它"))
        elif _saved(request, form, dictionary):
            return redirect("common:dictionary-detail", code=code)
    context = {"dictionary": dictionary, "entry": entry, "form": form}
    return render(request, "common/dictionary_entry.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def dictionary_import(request: HttpRequest, code: str) -> HttpResponse:
    """Brings entries in from a sheet; what is wrong is told row by row."""
    _require_manage(request)
    dictionary = _dictionary(code)
    form = EntriesFileForm(request.POST or None, request.FILES or None)
    report: imports.Report | None = None
    if request.method == "POST" and form.is_valid():
        try:
            report = dictionaries.import_entries(
                request.user,
                dictionary_code=code,
                file=form.cleaned_data["file"],
                partial=form.cleaned_data["partial"],
            )
        except InvalidInput as error:
            put_into(form, error)
    context = {
        "dictionary": dictionary,
        "form": form,
        "report": report,
        "errors": report.errors[:SHOWN_ERRORS] if report else [],
        "headers": [str(column.header) for column in dictionaries.EXPORT_COLUMNS],
    }
    return render(request, "common/dictionary_import.html", context)


def _saved(request: HttpRequest, form: EntryForm, dictionary: Dictionary) -> bool:
    try:
        dictionaries.save_entry(request.user, dictionary_code=dictionary.code, **form.cleaned_data)
    except InvalidInput as error:
        put_into(form, error)
        return False
    return True


def _found(dictionary: Dictionary, form: EntrySearchForm, today: date) -> QuerySet[DictionaryEntry]:
    found = dictionaries.list_entries(dictionary.code).order_by("position", "code")
    if not form.is_valid():
        return found
    is_retired = Q(to_on__lt=today)
    match form.cleaned_data["state"]:
        case "current":
            found = found.exclude(is_retired).filter(Q(from_on=None) | Q(from_on__lte=today))
        case "retired":
            found = found.filter(is_retired)
    return found.filter(_matching(form.cleaned_data["q"], "code", "label"))


def _matching(text: str, *names: str) -> Q:
    text = text.strip()
    condition = Q()
    for name in names if text else ():
        condition |= Q(**{f"{name}__icontains": text})
    return condition


def _dictionary(code: str) -> Dictionary:
    found = Dictionary.objects.filter(code=code).first()
    if found is None:
        raise NotFound(_("没有这个字典"))
    return found


def _may_manage(request: HttpRequest) -> bool:
    return bool(request.user.has_perm(dictionaries.KEEP))


def _require_manage(request: HttpRequest) -> None:
    if not _may_manage(request):
        raise NotAllowed(_("只有系统管理员可以维护字典"))
