from django.urls import path

from apps.hotline.statistics import views

urlpatterns = [
    path("", views.statistics, name="statistics"),
    path("rows/", views.rows, name="statistics-rows"),
    path("export/<slug:table>/", views.export, name="statistics-export"),
]
