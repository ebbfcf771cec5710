"""Kinds of devices: the list, and one to read or to write."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common.pages import take
from apps.sensing import permissions, selectors, services
from apps.sensing.forms import FieldFormSet, ProfileForm, initial_of
from apps.sensing.models import DeviceProfile
from apps.sensing.views._common import reader_of


@login_required
@require_GET
def profile_list(request: HttpRequest) -> HttpResponse:
    """Every kind of device with what it reports."""
    viewer = reader_of(request)
    context = {
        "profiles": selectors.list_profiles(),
        "may_write": permissions.can_keep_profiles(viewer),
    }
    return render(request, "sensing/profile_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def profile_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """One kind; whoever keeps profiles writes it, a new one without a code in the address."""
    viewer = reader_of(request)
    profile = selectors.get_profile(code) if code else DeviceProfile()
    may_write = permissions.can_keep_profiles(viewer)
    if request.method == "POST" or not code:
        permissions.require_keep_profiles(viewer)
    if not may_write:
        return render(request, "sensing/profile_detail.html", {"profile": profile})
    form = ProfileForm(request.POST or None, instance=profile)
    rows = [initial_of(field) for field in profile.fields.all()] if code else []
    fields = FieldFormSet(request.POST or None, initial=rows, prefix="fields")
    if request.method == "POST" and form.is_valid() and fields.is_valid():
        specs = [one.spec() for one in fields if one.cleaned_data.get("code")]
        spec = form.spec(specs)
        key = profile.pk
        if take(form, lambda: services.save_profile(viewer, spec=spec, profile_id=key)):
            messages.success(request, _("已保存设备型号“%(name)s”") % {"name": spec.name})
            return redirect("sensing:profile-list")
    is_wrong = request.method == "POST"
    context = {"form": form, "fields": fields, "profile": profile, "is_new": not code}
    return render(request, "sensing/profile_edit.html", context, status=422 if is_wrong else 200)
