from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.signed_in import actor_of
from apps.rules import selectors
from apps.rules.errors import InvalidRules
from apps.rules.registry import subject_kind


@login_required
@require_GET
def decision_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Why: a page, or only its middle for htmx. ``?row=<key>``: why not that row.

    ``?view=brief``: the few lines a case page unfolds.
    """
    decision = selectors.get_decision(actor_of(request), pk=pk)
    version = decision.table_version
    kind = subject_kind(decision.subject)
    subject_id = decision.subject.partition(":")[2]
    context: dict[str, Any] = {
        "decision": decision,
        "sentence": selectors.told(decision),
        "subject_label": kind.label if kind else "",
        "subject_url": kind.url(subject_id) if kind and kind.url else "",
        "may_view_table": selectors.list_tables(actor_of(request))
        .filter(pk=version.table_id)
        .exists(),
        "row_key": request.GET.get("row", "")[:40],
    }
    try:
        context["explanation"] = selectors.explain(decision)
        context["alternatives"] = selectors.list_alternatives(decision)
        if context["row_key"]:
            context["other"] = selectors.why_not(decision, context["row_key"])
    except InvalidRules:
        # The vocabulary has changed since: the sentence written then still stands.
        context["row_key"] = ""
    template = "rules/decision.html"
    if request.headers.get("HX-Request"):
        brief = request.GET.get("view") == "brief"
        template = "rules/_decision_brief.html" if brief else "rules/_decision.html"
    return render(request, template, context)
