from django.urls import path

from apps.products.views import catalogue, grants, rows

app_name = "products"

urlpatterns = [
    path("", catalogue.product_list, name="product-list"),
    path("new/", catalogue.product_edit, name="product-new"),
    path("<slug:code>/", catalogue.product_detail, name="product-detail"),
    path("<slug:code>/edit/", catalogue.product_edit, name="product-edit"),
    path("<slug:code>/rows/", rows.row_list, name="row-list"),
    path("<slug:code>/rows/export/", rows.row_export, name="row-export"),
    path("<slug:code>/grants/<int:pk>/", grants.grant_decide, name="grant-decide"),
    path("<slug:code>/grants/<int:pk>/end/", grants.grant_end, name="grant-end"),
    path("<slug:code>/<slug:deed>/", catalogue.product_deed, name="product-deed"),
]
