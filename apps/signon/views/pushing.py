"""The page of one application's people: where they are told to, how it fares, what differs."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.assurance.demands import require
from apps.common.errors import DomainError
from apps.common.pages import paged, put_into, tell
from apps.signon import selectors, services
from apps.signon.forms import PushForm, PushSearchForm
from apps.signon.services.pushing import compare
from apps.signon.views.applications import _actor, manager_required


@manager_required
@require_http_methods(["GET", "POST"])
def push_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Settings, figures and the list of people; asked with ``compare``, what a push would do."""
    actor = _actor(request)
    application = selectors.get_application(actor, pk)
    target = selectors.find_push(application)
    form = PushForm(request.POST or None, target=target)
    if request.method == "POST" and form.is_valid():
        require(request, "secret.issue")
        try:
            services.set_push(actor, application_id=pk, **form.cleaned_data)
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            return redirect("signon:push-detail", pk)
    search = PushSearchForm(request.GET)
    asked = search.cleaned_data if search.is_valid() else {"q": "", "state": ""}
    context: dict[str, Any] = {
        "application": application,
        "target": target,
        "pending": selectors.pending_push(application),
        "form": form,
        "search": search,
    }
    if target is not None:
        context |= paged(
            request, selectors.list_pushed(target, text=asked["q"].strip(), state=asked["state"])
        )
        context["figures"] = selectors.count_pushed(target)
        if "compare" in request.GET:
            context["comparison"] = compare(target)
    return render(request, "signon/push_detail.html", context)


@manager_required
@require_POST
def push_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Asks to switch on, stops, or tells everybody who differs."""
    actor = _actor(request)
    selectors.get_application(actor, pk)
    match deed:
        case "ask":
            require(request, "secret.issue")
            reason = request.POST.get("reason", "")
            tell(
                request,
                lambda: services.ask_to_push(actor, application_id=pk, reason=reason),
                done=_("已提交，由另一人复核后生效。"),
            )
        case "stop":
            tell(
                request,
                lambda: services.stop_push(actor, application_id=pk),
                done=_("已停止推送；对方已有的账号不受影响。"),
            )
        case _all:
            accepted = request.POST.get("accept_off") == "1"
            tell(
                request,
                lambda: services.push_all(actor, application_id=pk, accept_off=accepted),
                done=lambda count: _("已安排推送 %(n)d 人。") % {"n": count},
            )
    return redirect("signon:push-detail", pk)


@manager_required
@require_POST
def push_retry(request: HttpRequest, pk: int, person: int) -> HttpResponse:
    actor = _actor(request)
    selectors.get_application(actor, pk)
    tell(
        request,
        lambda: services.retry_person(actor, application_id=pk, person_id=person),
        done=_("已重新排队发送。"),
    )
    return redirect("signon:push-detail", pk)
