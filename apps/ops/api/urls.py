from django.urls import path

from apps.ops.api import views

urlpatterns = [
    path("orders/", views.OrderList.as_view(), name="api-order-list"),
    path("orders/<int:pk>/", views.OrderDetail.as_view(), name="api-order-detail"),
]
