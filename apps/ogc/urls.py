from django.urls import path

from apps.ogc.views import documents, features, tiles

app_name = "ogc"

# Without a slash at the end, as the standard writes them.
urlpatterns = [
    path("", documents.Landing.as_view(), name="landing"),
    path("api", documents.Api.as_view(), name="api"),
    path("conformance", documents.Conformance.as_view(), name="conformance"),
    path("collections", documents.Collections.as_view(), name="collections"),
    path("collections/<slug:code>", documents.Collection.as_view(), name="collection"),
    path("collections/<slug:code>/items", features.Items.as_view(), name="items"),
    path("collections/<slug:code>/items/<str:feature_id>", features.Item.as_view(), name="item"),
    path("collections/<slug:code>/queryables", documents.Queryables.as_view(), name="queryables"),
    path("collections/<slug:code>/schema", documents.Schema.as_view(), name="schema"),
    path("collections/<slug:code>/tiles", documents.TileSets.as_view(), name="tilesets"),
    path("collections/<slug:code>/tiles/<str:tms>", documents.TileSet.as_view(), name="tileset"),
    path(
        "collections/<slug:code>/tiles/<str:tms>/<str:zoom>/<str:row>/<str:column>",
        tiles.TileView.as_view(),
        name="tile",
    ),
    path("tileMatrixSets", documents.MatrixSets.as_view(), name="matrix-sets"),
    path("tileMatrixSets/<str:tms>", documents.MatrixSet.as_view(), name="matrix-set"),
]
