from django.urls import path

from apps.products.api import views

urlpatterns = [
    path("products/", views.ProductList.as_view(), name="api-product-list"),
    path("products/<slug:code>/", views.ProductDetail.as_view(), name="api-product"),
    path("products/<slug:code>/rows/", views.ProductRows.as_view(), name="api-product-rows"),
]
