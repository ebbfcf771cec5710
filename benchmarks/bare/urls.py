from django.urls import path

from benchmarks.bare.views import InsertRow

urlpatterns = [path("rows/", InsertRow.as_view())]
