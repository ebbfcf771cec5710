"""Files of tiles for maps without a network: asked for, watched, fetched."""

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.common.pages import paged, put_into
from apps.onemap import permissions, services
from apps.onemap.enums import ExportState
from apps.onemap.selectors import list_exports, list_layers
from apps.onemap.tiles.archive import DEEPEST


class ExportForm(forms.Form):
    """Which layers, which zooms, what for."""

    layers = forms.MultipleChoiceField(
        label=gettext_lazy("图层"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请至少选择一个图层")},
    )
    min_zoom = forms.IntegerField(
        label=gettext_lazy("最小级别"), min_value=0, max_value=DEEPEST, initial=9
    )
    max_zoom = forms.IntegerField(
        label=gettext_lazy("最大级别"),
        min_value=0,
        max_value=DEEPEST,
        initial=14,
        help_text=gettext_lazy("级别越大越精细，文件也越大；街道约 14 级，楼栋约 16 级。"),
    )
    purpose = forms.CharField(
        label=gettext_lazy("用途"),
        max_length=200,
        help_text=gettext_lazy("例如：应急指挥车离线地图。记入审计日志。"),
    )

    def __init__(self, viewer: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [(opened.code, str(opened.layer.label)) for opened in list_layers(viewer)]
        cast(forms.MultipleChoiceField, self.fields["layers"]).choices = choices


@login_required
@require_http_methods(["GET", "POST"])
def export_list(request: HttpRequest) -> HttpResponse:
    """The viewer's files, and the form for another one."""
    viewer = cast(User, request.user)
    permissions.require_export(viewer)
    form = ExportForm(viewer, request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            services.request_export(
                viewer,
                codes=asked["layers"],
                min_zoom=asked["min_zoom"],
                max_zoom=asked["max_zoom"],
                purpose=asked["purpose"],
            )
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("已开始生成，完成后可在下面下载"))
            return redirect("map-tiles:export-list")
    page = paged(request, list_exports(viewer))
    names = {opened.code: str(opened.layer.label) for opened in list_layers(viewer)}
    for export in page["rows"]:
        export.labels = [names.get(code, code) for code in export.codes]
    running = any(e.state in (ExportState.WAITING, ExportState.RUNNING) for e in page["rows"])
    context = {"form": form, "is_running": running, **page}
    return render(request, "onemap/export_list.html", context)


@login_required
@require_GET
def export_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file itself."""
    export, file = services.open_export(cast(User, request.user), pk=pk)
    name = f"tiles-{export.pk}-{'-'.join(export.codes)[:60]}.pmtiles"
    response = FileResponse(file.open("rb"), as_attachment=True, filename=name)
    response["Content-Type"] = "application/vnd.pmtiles"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
