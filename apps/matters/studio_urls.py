from django.urls import path

from apps.matters.views.studio import (
    catalogue,
    editing,
    inventory,
    matters,
    migrating,
    trying,
    versions,
)

app_name = "studio"

VERSION = "types/<str:code>/<int:number>/"

urlpatterns = [
    path("", matters.matter_list, name="matter-list"),
    path("new/", matters.matter_create, name="matter-create"),
    path("domains/", catalogue.domain_list, name="domain-list"),
    path("domains/new/", catalogue.domain_edit, name="domain-create"),
    path("domains/edit/<slug:code>/", catalogue.domain_edit, name="domain-edit"),
    path("offers/", catalogue.offer_list, name="offer-list"),
    path("inventory/", inventory.item_list, name="item-list"),
    path("inventory/new/", inventory.item_edit, name="item-create"),
    path("inventory/import/", inventory.item_import, name="item-import"),
    path("inventory/export/", inventory.item_template, name="item-export"),
    path("inventory/report/", inventory.item_report, name="item-report"),
    path("inventory/<int:pk>/", inventory.item_edit, name="item-edit"),
    path("inventory/<int:pk>/<slug:deed>/", inventory.item_deed, name="item-deed"),
    path("types/<str:code>/offers/", catalogue.offer_set, name="offer-set"),
    path("types/<str:code>/applications/", catalogue.application_set, name="application-set"),
    path("types/<str:code>/", matters.matter_detail, name="matter-detail"),
    path("types/<str:code>/import/", versions.version_import, name="version-import"),
    path(VERSION, versions.version_detail, name="version-detail"),
    path(f"{VERSION}export/json/", versions.version_export, name="version-export"),
    path(f"{VERSION}export/bpmn/", versions.version_bpmn, name="version-bpmn"),
    path(f"{VERSION}diff/<int:other>/", versions.version_diff, name="version-diff"),
    path(f"{VERSION}try/", trying.version_try, name="version-try"),
    path(f"{VERSION}migrate/", migrating.migration_create, name="migration-create"),
    path("migrations/<int:pk>/", migrating.migration_detail, name="migration-detail"),
    path("migrations/<int:pk>/<slug:deed>/", migrating.migration_deed, name="migration-deed"),
    path(f"{VERSION}do/<slug:deed>/", versions.version_deed, name="version-deed"),
    path(f"{VERSION}edit/<slug:part>/", editing.part_edit, name="part-edit"),
    path(f"{VERSION}rows/<slug:section>/<slug:index>/", editing.row_edit, name="row-edit"),
    path(f"{VERSION}rows/<slug:section>/<slug:index>/do/", editing.row_deed, name="row-deed"),
]
