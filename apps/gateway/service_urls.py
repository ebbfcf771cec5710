from django.urls import path

from apps.gateway.views import catalogue

app_name = "services"

urlpatterns = [
    path("", catalogue.service_list, name="service-list"),
    path("new/", catalogue.service_create, name="service-create"),
    path("<int:pk>/", catalogue.service_detail, name="service-detail"),
    path("<int:pk>/retire/", catalogue.service_retire, name="service-retire"),
]
