from django.urls import path

from apps.common import dictionary_views, views

app_name = "common"

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("dictionaries/", dictionary_views.dictionary_list, name="dictionary-list"),
    path("dictionaries/<slug:code>/", dictionary_views.dictionary_detail, name="dictionary-detail"),
    path(
        "dictionaries/<slug:code>/export/",
        dictionary_views.dictionary_export,
        name="dictionary-export",
    ),
    path(
        "dictionaries/<slug:code>/import/",
        dictionary_views.dictionary_import,
        name="dictionary-import",
    ),
    path("dictionaries/<slug:code>/new/", dictionary_views.entry_edit, name="dictionary-entry-new"),
    path(
        "dictionaries/<slug:code>/<int:entry_id>/",
        dictionary_views.entry_edit,
        name="dictionary-entry",
    ),
]
