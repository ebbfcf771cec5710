"""What the models learn from: list, labelled file, left out and taken in again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.common import clock, dictionaries
from apps.common.exports import Column, xlsx_response
from apps.common.imports import error_sheet
from apps.common.pages import paged, take, tell
from apps.hotline.learning import examples
from apps.hotline.learning.forms import ExampleFileForm, ExampleFilterForm
from apps.hotline.learning.selectors import home_tenant
from apps.hotline.learning.views.access import with_right
from apps.hotline.selectors.vocabulary import CLASS_DICTIONARY
from apps.nlp.permissions import KEEP, READERS


@with_right(*READERS)
@require_http_methods(["GET", "POST"])
def example_list(request: HttpRequest) -> HttpResponseBase:
    """The examples, and a labelled file to take in."""
    viewer = actor_of(request)
    filters = ExampleFilterForm(request.GET)
    form = ExampleFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        report = take(
            form,
            lambda: examples.import_examples(
                viewer, tenant=home_tenant(viewer, KEEP), file=given, name=given.name
            ),
        )
        if report is not None and report.errors:
            return error_sheet(report.errors)
        if report is not None:
            messages.success(request, _("已收入 %d 条样本") % report.saved)
            return redirect("hotline:learning-examples")
    context = paged(request, examples.list_examples(viewer, **filters.wanted()))
    labels = dict(dictionaries.choices(CLASS_DICTIONARY))
    context |= {
        "shown": [
            (one, title, words, labels.get(one.class_code, one.class_code))
            for one, title, words in examples.shown_words(context["rows"])
        ],
        "filters": filters,
        "form": form,
        "may_keep": viewer.has_perm(KEEP),
    }
    status = 422 if form.errors else 200
    return render(request, "hotline/learning/examples.html", context, status=status)


@with_right(*READERS)
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet; texts covered."""
    viewer = actor_of(request)
    rows = examples.list_examples(viewer, **ExampleFilterForm(request.GET).wanted())
    audit.record(viewer, "learning_examples.exported", data={"count": rows.count()})
    columns = [
        Column(_("类别"), lambda row: row[0].class_code, 20),
        Column(_("标题"), lambda row: row[1], 40),
        Column(_("内容"), lambda row: row[2], 80),
        Column(_("来源"), lambda row: row[0].source or _("办结案件"), 24),
        Column(_("不用于训练"), lambda row: _("是") if row[0].is_excluded else "", 12),
        Column(_("理由"), lambda row: row[0].reason, 40),
    ]
    shown = examples.shown_words(rows.iterator(2000))
    return xlsx_response(f"{_('训练样本')}-{clock.today():%Y%m%d}", columns, shown)


@with_right(KEEP)
@require_POST
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Leaves an example out, or takes it in again."""
    excluded = request.POST.get("excluded") == "1"
    tell(
        request,
        lambda: examples.rule_example(
            actor_of(request),
            example_id=pk,
            excluded=excluded,
            reason=request.POST.get("reason", ""),
        ),
        done=_("已不用于训练") if excluded else _("已用于训练"),
    )
    return redirect("hotline:learning-examples")
