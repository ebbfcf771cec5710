from django.urls import path

from apps.places.api import views

urlpatterns = [
    path("places/locate", views.LocateView.as_view(), name="places-locate"),
    path("places/geocode", views.GeocodeView.as_view(), name="places-geocode"),
    path("places/reverse", views.ReverseView.as_view(), name="places-reverse"),
    path("areas/", views.AreaListView.as_view(), name="areas-list"),
    path("areas/cells", views.CellListView.as_view(), name="areas-cells"),
    path("areas/special-grids", views.SpecialGridListView.as_view(), name="areas-special-grids"),
    path("areas/<int:pk>/geometry", views.AreaGeometryView.as_view(), name="areas-geometry"),
]
