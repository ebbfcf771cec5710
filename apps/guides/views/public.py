"""What anybody may read and do without an account: guides, questions, applying, following."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.common import files
from apps.common.errors import DomainError, NotFound, TooMany
from apps.common.paging import page_of
from apps.guides import proof, services, trees
from apps.guides.enums import PublicState, Via
from apps.guides.forms import SearchForm, TrackForm, WithdrawForm
from apps.guides.selectors import guides, plans
from apps.guides.selectors.applications import masked_applicant, progress_of
from apps.guides.selectors.results import result_for, results_for
from apps.guides.selectors.tenants import public_tenant
from apps.guides.views.applying import fill_in
from apps.matters.actors import Reporter


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The guides in force, by words, audience and domain; the questions that help to choose."""
    tenant, form = public_tenant(), SearchForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = guides.list_guides(
        tenant,
        words=wanted.get("q", ""),
        audience=wanted.get("audience", ""),
        domain=wanted.get("domain", ""),
    )
    page = page_of(found, request.GET)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "guides": page.items,
        "page": page,
        "query": query.urlencode(),
        "domains": guides.list_domains(tenant),
        "trees": plans.list_trees(tenant),
        "is_narrowed": any(wanted.values()),
    }
    return render(request, "guides/home.html", context)


@require_GET
def guide(request: HttpRequest, code: str) -> HttpResponse:
    """One guide; a retired one says so and where to go on. ``?version=`` an earlier one."""
    number = request.GET.get("version", "")
    found = guides.get_guide(
        public_tenant(),
        code,
        number=int(number) if number.isdecimal() and len(number) < 9 else None,
    )
    joint = plans.find_joint(found.tenant, code)
    context = {
        "guide": found,
        "content": guides.content_of(found.body),
        "is_retired": found.state == PublicState.RETIRED,
        "joint": joint,
        "joint_items": plans.part_names(joint) if joint is not None else [],
    }
    return render(request, "guides/guide.html", context)


@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, code: str) -> HttpResponse:
    """The application itself; sent, it leads to its progress."""
    tenant = public_tenant()
    if guides.get_guide(tenant, code).state != PublicState.PUBLISHED:
        return redirect("guides:guide", code=code)
    filled = fill_in(
        request,
        Reporter(case_id=0),
        tenant=tenant,
        code=code,
        via=Via.WEB,
        template="guides/apply.html",
    )
    if filled.application is None:
        assert filled.page is not None
        return _private(filled.page)
    number = filled.application.case.number
    messages.success(request, _("已提交，请记下受理编号"))
    response = redirect("guides:progress", number=number)
    proof.grant(request, response, number)
    return _private(response)


@require_GET
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """One question a step; ``?path=`` holds the answers so far, so that going back is a link."""
    tree = plans.get_tree(public_tenant(), code)
    path = request.GET.get("path", "")[:400]
    standing = trees.walk(tree.body, path)
    if standing is None:
        raise NotFound(_("没有这条引导路径"))
    prefix = f"{path}." if path else ""
    choices = standing.node["choices"] if standing.node is not None else []
    context = {
        "tree": tree,
        "standing": standing,
        "choices": [(c["label"], f"{prefix}{c['code']}") for c in choices],
        "back": path.rpartition(".")[0],
        "is_start": not path,
        "guided": plans.guided_by(tree.tenant, f"{code}:{path}"),
        "marker": f"{code}:{path}",
    }
    if standing.leaf is not None:
        context |= _conclusion(standing.leaf)
    return render(request, "guides/ask.html", context)


def _conclusion(leaf: Mapping[str, object]) -> dict[str, object]:
    definitions = plans.definitions_in_force()
    body = definitions.get(str(leaf["matter"]))
    if body is None:
        return {"body": None}
    asked = leaf.get("materials")
    chosen = [
        m
        for m in guides.content_of(body).materials_in
        if not isinstance(asked, list) or m["code"] in asked or m.get("source") != "citizen"
    ]
    return {"body": body, "matter_code": leaf["matter"], "materials": chosen}


@require_http_methods(["GET", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Asks for number and telephone, and leads to the application when they belong together."""
    if request.method == "GET":
        form = TrackForm(initial={"number": request.GET.get("number", "")[:40]})
        context = {"form": form, "recent": proof.granted(request)}
        return _private(render(request, "guides/track.html", context))
    form, status = TrackForm(request.POST), 422
    if form.is_valid():
        number = form.cleaned_data["number"].strip()
        try:
            proof.count_try(request, number)
            if proof.is_proven(number=number, phone=form.cleaned_data["phone"]):
                response = redirect("guides:progress", number=number)
                proof.grant(request, response, number)
                return _private(response)
            form.add_error(None, _("受理编号与手机号不符，请核对后再试"))
        except TooMany as error:
            form.add_error(None, str(error))
            status = error.status
    return _private(render(request, "guides/track.html", {"form": form}, status=status))


@require_GET
def progress(request: HttpRequest, number: str) -> HttpResponse:
    """Where the application stands, every department in one view."""
    application = proof.proven_application(request, number)
    if application is None:
        return redirect(f"{request.path.rsplit('/', 2)[0]}/?number={number}")
    context = {
        "application": application,
        "progress": progress_of(application),
        "results": results_for(application),
        "applicant": masked_applicant(application),
        "form": WithdrawForm(),
    }
    return _private(render(request, "guides/progress.html", context))


@require_GET
def result(request: HttpRequest, number: str, pk: int) -> HttpResponseBase:
    """One sealed document, for who has proven to be the applicant."""
    application = proof.proven_application(request, number)
    if application is None:
        return redirect("guides:track")
    found = result_for(application, pk)
    assert found.use is not None
    assert found.use.sealed is not None
    audit.record(
        SYSTEM, "result_document.fetched", object_type="guides.result", object_id=found.pk,
        object_label=f"{found.case.number} {found.label}", data={"digest": found.use.sealed_digest},
    )  # fmt: skip
    response = files.file_response(found.use.sealed, download_name=f"{found.label}.pdf")
    add_never_cache_headers(response)
    return response


@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Takes the application back."""
    application = proof.proven_application(request, number)
    if application is None:
        return redirect("guides:track")
    form = WithdrawForm(request.POST)
    form.is_valid()
    try:
        services.withdraw(
            services.reporter_of(application),
            application_id=application.pk,
            reason=form.cleaned_data.get("reason", ""),
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("申请已撤回"))
    return _private(redirect("guides:progress", number=number))


def _private(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    return response
