"""The start page, published results, answers to common questions."""

import hashlib

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.alarms.selectors import list_standing
from apps.common.errors import InvalidInput
from apps.hotline import services as hotline
from apps.hotline.citizen import selectors, services
from apps.hotline.citizen.selectors import ResultFilters, ResultPage
from apps.hotline.citizen.views.receiving import address_of, whole_number
from apps.hotline.selectors import vocabulary

WARNINGS_SHOWN = 5


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Will show warnings that stand and the doors: report, follow, results, answers, figures."""
    tenant = selectors.public_tenant()
    context = {
        "tenant": tenant,
        "figures": selectors.figures_of(tenant),
        "warnings": list_standing()[:WARNINGS_SHOWN],
    }
    return render(request, "citizen/home.html", context)


@require_GET
def result_list(request: HttpRequest) -> HttpResponse:
    """Will list published results by words, class, district and month."""
    tenant, asked = selectors.public_tenant(), request.GET
    filters = ResultFilters(
        words=asked.get("q", "").strip()[:60],
        class_code=asked.get("class_code", "")[:40],
        area_id=whole_number(asked.get("area")),
        month=asked.get("month", "")[:7],
        before=whole_number(asked.get("before")),
    )
    problem = ""
    try:
        page = selectors.list_results(tenant, filters)
    except InvalidInput as error:
        problem, page = str(error), ResultPage([], None)
    query = asked.copy()
    query.pop("before", None)
    next_url = ""
    if page.next_before is not None:
        query["before"] = str(page.next_before)
        next_url = f"?{query.urlencode()}"
    context = {
        "page": page,
        "filters": filters,
        "problem": problem,
        "next_url": next_url,
        "classes": vocabulary.class_choices(),
        "districts": selectors.list_districts(tenant),
        "figures": selectors.figures_of(tenant),
    }
    return render(request, "citizen/result_list.html", context)


@require_GET
def result_detail(request: HttpRequest, number: str) -> HttpResponse:
    """Will show one published result with the answer."""
    found = selectors.get_result(selectors.public_tenant(), number)
    return render(request, "citizen/result_detail.html", {"result": found})


@require_GET
def answer_list(request: HttpRequest) -> HttpResponse:
    """Will search the public answers."""
    words = request.GET.get("q", "").strip()[:60]
    found = selectors.list_public_articles(selectors.public_tenant(), words=words)
    return render(request, "citizen/answer_list.html", {"articles": found, "words": words})


@require_GET
def answer_detail(request: HttpRequest, article_id: int) -> HttpResponse:
    """Will show one public answer."""
    article = selectors.get_public_article(selectors.public_tenant(), article_id)
    return render(request, "citizen/answer_detail.html", {"article": article})


@require_POST
def answer_helpful(request: HttpRequest, article_id: int) -> HttpResponse:
    """Will note whether the answer helped, once per address and browser."""
    services.count_form(address_of(request))
    article = selectors.get_public_article(selectors.public_tenant(), article_id)
    reader = f"{address_of(request)}|{request.headers.get('User-Agent', '')}"
    is_new = hotline.give_feedback(
        article_id=article.pk,
        reader_key=hashlib.sha256(reader.encode()).hexdigest(),
        useful=request.POST.get("useful") == "yes",
    )
    messages.success(request, _("感谢反馈") if is_new else _("您已评价过这条答复"))
    return redirect("citizen:answer", article_id=article.pk)
