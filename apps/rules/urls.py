from django.urls import path

from apps.rules.views import decisions, drafts, tables

app_name = "rules"

_VERSION = "tables/<slug:code>/versions/<int:number>/"

urlpatterns = [
    path("", tables.table_list, name="table-list"),
    path("new/", tables.table_create, name="table-create"),
    path("decisions/<int:pk>/", decisions.decision_detail, name="decision-detail"),
    path("tables/<slug:code>/", tables.table_detail, name="table-detail"),
    path("tables/<slug:code>/start/", drafts.draft_start, name="draft-start"),
    path("tables/<slug:code>/upload/", drafts.draft_upload, name="draft-upload"),
    path(_VERSION, tables.version_detail, name="version-detail"),
    path(f"{_VERSION}check/", tables.version_check, name="version-check"),
    path(f"{_VERSION}try/", tables.version_try, name="version-try"),
    path(f"{_VERSION}replay/", tables.version_replay, name="version-replay"),
    path(f"{_VERSION}sheet/", tables.version_export, name="version-export"),
    path(f"{_VERSION}dmn/", tables.version_export, {"file_format": "dmn"}, name="version-dmn"),
    path(f"{_VERSION}diff/<int:other>/", tables.version_diff, name="version-diff"),
    path(f"{_VERSION}do/<slug:deed>/", drafts.version_deed, name="version-deed"),
    path(f"{_VERSION}rows/", drafts.row_deed, name="row-deed"),
    path(f"{_VERSION}rows/<str:key>/", drafts.row_edit, name="row-edit"),
    path(f"{_VERSION}tests/", drafts.test_add, name="test-add"),
    path(f"{_VERSION}tests/<int:pk>/remove/", drafts.test_remove, name="test-remove"),
]
