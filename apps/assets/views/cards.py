"""The card of a thing: amended, shown by pictures, labelled, and how complete the cards are."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.assets import permissions, selectors, services
from apps.assets.forms import AssetFilterForm, CardForm, PictureForm, own_form
from apps.assets.labels import qr_svg
from apps.assets.views._common import reader_of
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.files import file_response
from apps.common.pages import status_of, take, tell

LABELS_MOST = 200


@login_required
@require_http_methods(["GET", "POST"])
def asset_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The card of one thing as a form."""
    viewer = reader_of(request)
    asset = selectors.get_asset(viewer, pk=pk)
    permissions.require_register_in(viewer, asset.area)
    form = CardForm(request.POST or None, viewer=viewer, asset=asset)
    own = own_form(asset, request.POST or None)
    if request.method == "POST" and all([form.is_valid(), own.is_valid()]):
        card = services.Card(**form.cleaned_data, details=own.plain_data())
        done = take(form, lambda: services.amend_asset(viewer, asset_id=pk, card=card))
        if done is not None:
            messages.success(request, _("已保存"))
            return redirect("assets:asset-detail", pk)
    context = {"asset": asset, "form": form, "own": own}
    return render(request, "assets/asset_edit.html", context, status=status_of(form, own))


@login_required
@require_POST
def picture_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Keeps a picture of a thing."""
    viewer = reader_of(request)
    asset = selectors.get_asset(viewer, pk=pk)
    permissions.require_register_in(viewer, asset.area)
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["file"]
        tell(
            request,
            lambda: services.add_picture(viewer, asset_id=pk, upload=upload),
            done=_("照片已保存"),
        )
    else:
        messages.error(request, _("请选择一张照片"))
    return redirect("assets:asset-detail", pk)


@login_required
@require_POST
def picture_remove(request: HttpRequest, pk: int, picture_id: int) -> HttpResponse:
    """Takes a picture off a thing."""
    viewer = reader_of(request)
    selectors.get_asset(viewer, pk=pk)
    tell(
        request,
        lambda: services.remove_picture(viewer, asset_id=pk, picture_id=picture_id),
        done=_("照片已移除"),
    )
    return redirect("assets:asset-detail", pk)


@login_required
@require_GET
def picture_show(request: HttpRequest, pk: int, picture_id: int) -> HttpResponseBase:
    """A picture of a thing the viewer may see; small with ?small=1."""
    asset = selectors.get_asset(reader_of(request), pk=pk)
    found = [one for one in selectors.list_pictures(asset) if one.pk == picture_id]
    if not found:
        raise Http404
    is_small = request.GET.get("small") == "1"
    return file_response(found[0].file, download_name=asset.code, thumbnail=is_small)


@login_required
@require_GET
def label_sheet(request: HttpRequest) -> HttpResponse:
    """Labels to print of what the list shows: a QR code that leads to the thing, name and code."""
    viewer = reader_of(request)
    rows = selectors.list_assets(viewer, **AssetFilterForm(request.GET, viewer=viewer).wanted())
    found = list(rows[: LABELS_MOST + 1])
    labels = [
        {"asset": asset, "svg": mark_safe(qr_svg(_address(request, asset.pk)))}
        for asset in found[:LABELS_MOST]
    ]
    context = {"labels": labels, "most": LABELS_MOST, "is_cut": len(found) > LABELS_MOST}
    return render(request, "assets/label_sheet.html", context)


def _address(request: HttpRequest, pk: int) -> str:
    return request.build_absolute_uri(reverse("assets:asset-detail", args=[pk]))


@login_required
@require_GET
def rates(request: HttpRequest) -> HttpResponseBase:
    """How complete the cards of each unit are, and how many lie on the map; also as a sheet."""
    viewer = reader_of(request)
    found = selectors.list_rates(viewer)
    if request.GET.get("format") == "xlsx":
        columns = [
            Column(_("权属单位"), lambda r: r.unit, 24),
            Column(_("部件数"), lambda r: r.total, 10),
            Column(_("资料完整"), lambda r: r.complete, 10),
            Column(_("完整率（%）"), lambda r: round(r.complete_share, 1), 12),
            Column(_("已上图"), lambda r: r.on_map, 10),
            Column(_("上图率（%）"), lambda r: round(r.map_share, 1), 12),
            Column(_("有照片"), lambda r: r.pictured, 10),
        ]
        services.note_export(viewer, count=len(found), filters={"sheet": "rates"})
        return xlsx_response(f"{_('部件资料完整率')}-{clock.today():%Y%m%d}", columns, found)
    return render(request, "assets/rates.html", {"rows": found})
