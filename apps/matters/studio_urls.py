from django.urls import path

from apps.matters.views.studio import editing, matters, trying, versions

app_name = "studio"

VERSION = "types/<str:code>/<int:number>/"

urlpatterns = [
    path("", matters.matter_list, name="matter-list"),
    path("new/", matters.matter_create, name="matter-create"),
    path("types/<str:code>/", matters.matter_detail, name="matter-detail"),
    path("types/<str:code>/import/", versions.version_import, name="version-import"),
    path(VERSION, versions.version_detail, name="version-detail"),
    path(f"{VERSION}export/json/", versions.version_export, name="version-export"),
    path(f"{VERSION}export/bpmn/", versions.version_bpmn, name="version-bpmn"),
    path(f"{VERSION}diff/<int:other>/", versions.version_diff, name="version-diff"),
    path(f"{VERSION}try/", trying.version_try, name="version-try"),
    path(f"{VERSION}do/<slug:deed>/", versions.version_deed, name="version-deed"),
    path(f"{VERSION}edit/<slug:part>/", editing.part_edit, name="part-edit"),
    path(f"{VERSION}rows/<slug:section>/<slug:index>/", editing.row_edit, name="row-edit"),
    path(f"{VERSION}rows/<slug:section>/<slug:index>/do/", editing.row_deed, name="row-deed"),
]
