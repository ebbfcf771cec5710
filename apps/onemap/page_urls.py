from django.urls import path

from apps.onemap.views import looking, page, table

app_name = "onemap"

urlpatterns = [
    path("", page.map_page, name="map"),
    path("around/", looking.around, name="around"),
    path("choice/", page.keep_choice, name="choice"),
    path("features/<slug:code>.json", looking.features, name="features"),
    path("identify/", looking.identify, name="identify"),
    path("measure/", looking.measure, name="measure"),
    path("nearest/", looking.nearest, name="nearest"),
    path("share/", page.share, name="share"),
    path("shared/", page.share_list, name="share-list"),
    path("shared/<slug:key>/delete/", page.share_delete, name="share-delete"),
    path("statistics/", looking.statistics, name="statistics"),
    path("table/", table.table, name="table"),
    path("table/export/", table.table_export, name="table-export"),
    path("v/<slug:key>/", page.shared_map, name="shared"),
]
