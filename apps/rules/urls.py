from django.urls import path

from apps.rules.views import decisions, drafts, rows, tables, versions

app_name = "rules"

_VERSION = "tables/<slug:code>/versions/<int:number>/"

urlpatterns = [
    path("", tables.table_list, name="table-list"),
    path("new/", tables.table_create, name="table-create"),
    path("decisions/<int:pk>/", decisions.decision_detail, name="decision-detail"),
    path("tables/<slug:code>/", tables.table_detail, name="table-detail"),
    path("tables/<slug:code>/start/", drafts.draft_start, name="draft-start"),
    path("tables/<slug:code>/upload/", drafts.draft_upload, name="draft-upload"),
    path(_VERSION, versions.version_detail, name="version-detail"),
    path(f"{_VERSION}check/", versions.version_check, name="version-check"),
    path(f"{_VERSION}try/", versions.version_try, name="version-try"),
    path(f"{_VERSION}replay/", versions.version_replay, name="version-replay"),
    path(f"{_VERSION}sheet/", versions.version_export, name="version-export"),
    path(f"{_VERSION}dmn/", versions.version_export, {"file_format": "dmn"}, name="version-dmn"),
    path(f"{_VERSION}diff/<int:other>/", versions.version_diff, name="version-diff"),
    path(f"{_VERSION}do/<slug:deed>/", drafts.version_deed, name="version-deed"),
    path(f"{_VERSION}rows/", rows.row_deed, name="row-deed"),
    path(f"{_VERSION}paste/", rows.row_paste, name="row-paste"),
    path(f"{_VERSION}rows/<str:key>/", rows.row_edit, name="row-edit"),
    path(f"{_VERSION}tests/", drafts.test_add, name="test-add"),
    path(f"{_VERSION}tests/<int:pk>/remove/", drafts.test_remove, name="test-remove"),
]
