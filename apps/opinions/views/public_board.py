"""The idea board as citizens use it, and the page that confirms their telephone."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common import ratelimit
from apps.common.errors import DomainError
from apps.common.pages import paged, put_into, tell
from apps.common.personal import mask_personal
from apps.hotline.citizen import tokens
from apps.hotline.citizen.selectors import public_tenant
from apps.hotline.citizen.views.receiving import address_of, private
from apps.matters.definition import definition_of
from apps.opinions import participants, selectors, services
from apps.opinions.forms import BoardFilterForm, CodeForm, IdeaForm, PhoneForm
from apps.opinions.models import Idea
from apps.opinions.participants import participant_of
from apps.opinions.views._public import ask_phone, carried, next_of, problem_of, refusal

LOOKUPS_PER_MINUTE = 60
NEW, PHONE = "citizen/opinions/idea_new.html", "citizen/opinions/phone.html"


@require_GET
def idea_list(request: HttpRequest) -> HttpResponse:
    """What citizens propose, the most supported first."""
    tenant, form = public_tenant(), BoardFilterForm(request.GET)
    context = paged(request, selectors.list_public_ideas(tenant, **form.wanted())) | {"form": form}
    context["rows"] = [_covered(row) for row in context["rows"]]
    return render(request, "citizen/opinions/ideas.html", context)


@require_GET
def idea(request: HttpRequest, pk: int) -> HttpResponse:
    """One idea: how many support it, what the unit says, how far its case is."""
    tenant = public_tenant()
    person = participant_of(request, tenant)
    row = selectors.get_public_idea(tenant, pk, key=person.key if person else "")
    has_voted = person is not None and row.supporters.filter(person=person.key).exists()
    context = {
        "idea": _covered(row),
        "person": person,
        "has_voted": has_voted,
        "is_own": person is not None and row.person == person.key,
        "progress": _progress(row),
    }
    return private(render(request, "citizen/opinions/idea.html", context))


def _covered(row: Idea) -> Idea:
    """Everybody reads it: no telephone or plate somebody wrote into an idea."""
    row.title, row.text = mask_personal(row.title), mask_personal(row.text)
    return row


def _progress(row: Idea) -> str:
    if row.case is None:
        return ""
    definition = definition_of(row.case.version_id, row.case.version.body)
    return str(definition.state(row.case.state).public_label)


@require_POST
def idea_vote(request: HttpRequest, pk: int) -> HttpResponse:
    """Supports an idea, once a person."""
    tenant = public_tenant()
    person = participant_of(request, tenant)
    if person is None:
        messages.info(request, _("请先确认手机号，再点“支持”"))
        return ask_phone(reverse("opinions-public:idea", args=[pk]))
    tell(
        request,
        lambda: services.vote(
            tenant=tenant, idea_id=pk, person=person, address=address_of(request)
        ),
        done=_("已支持，谢谢参与"),
    )
    return private(redirect("opinions-public:idea", pk=pk))


@require_http_methods(["GET", "POST"])
def idea_new(request: HttpRequest) -> HttpResponse:
    """The form of an idea; its author has confirmed a telephone."""
    tenant = public_tenant()
    person = participant_of(request, tenant)
    if person is None:
        return ask_phone(request.path)
    if request.method == "GET":
        context: dict[str, object] = {"form": IdeaForm(), "token": tokens.new_form()}
        return private(render(request, NEW, context))
    form, token = IdeaForm(request.POST), request.POST.get("token", "")
    error: DomainError | None = None
    try:
        error = problem_of(request, token)
        if error is None and form.is_valid():
            row = services.submit_idea(
                tenant=tenant,
                title=form.cleaned_data["title"],
                text=form.cleaned_data["text"],
                source_key=f"web:{tokens.form_id(token, min_seconds=0)}",
                person=person,
                address=address_of(request),
            )
            messages.success(request, _("已提交，审核后公开"))
            return private(redirect("opinions-public:idea", pk=row.pk))
    except DomainError as refused:
        error = refused
    form.full_clean()
    if error is not None:
        put_into(form, error)
    return refusal(request, NEW, {"form": form, "token": carried(token)}, error)


@require_GET
def similar(request: HttpRequest) -> HttpResponse:
    """Ideas like what is being typed (fragment)."""
    ratelimit.hit("ideas.similar", address_of(request), limit=LOOKUPS_PER_MINUTE, per_seconds=60)
    text = f"{request.GET.get('title', '')[:60]} {request.GET.get('text', '')[:600]}"
    found = [_covered(idea) for idea, _scored in selectors.find_similar(public_tenant(), text)]
    return render(request, "citizen/opinions/_similar.html", {"found": found})


@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """Confirms a telephone in two steps: the number, then the code that came."""
    tenant, back = public_tenant(), next_of(request)
    is_code = "challenge" in request.POST
    form = CodeForm(request.POST) if is_code else PhoneForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        context = {"form": form, "next": back, "is_code": is_code}
        status = 422 if form.is_bound else 200
        return private(render(request, PHONE, context, status=status))
    data, address = form.cleaned_data, address_of(request)
    try:
        if is_code:
            person = participants.confirm(
                tenant, challenge=data["challenge"], code=data["code"], address=address
            )
            response = private(redirect(back))
            participants.remember(request, response, tenant, person)
            return response
        challenge = participants.request_code(tenant, phone=data["phone"], address=address)
    except DomainError as error:
        put_into(form, error)
        context = {"form": form, "next": back, "is_code": is_code}
        return refusal(request, PHONE, context, error)
    context = {
        "form": CodeForm(initial={"challenge": challenge}), "next": back, "is_code": True,
    }  # fmt: skip
    return private(render(request, PHONE, context))


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forgets the person on this device."""
    response = private(redirect("citizen:home"))
    participants.forget(response)
    return response
