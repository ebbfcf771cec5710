from django.urls import path

from apps.hotline.rates.views import exclusions, formulas, month

urlpatterns = [
    path("", month.overview, name="rates"),
    path("what-if/", month.what_if, name="rates-what-if"),
    path("cases/", month.cases, name="rates-cases"),
    path("export/<slug:table>/", month.export, name="rates-export"),
    path("close/", month.close, name="rates-close"),
    path("formulas/", formulas.formula_list, name="rate-formulas"),
    path("formulas/new/", formulas.formula_create, name="rate-formula-create"),
    path("formulas/<int:number>/", formulas.formula_detail, name="rate-formula"),
    path("formulas/<int:number>/<slug:deed>/", formulas.formula_deed, name="rate-formula-deed"),
    path("exclusions/", exclusions.exclusion_list, name="exclusions"),
    path("exclusions/new/", exclusions.exclusion_create, name="exclusion-create"),
    path("exclusions/<int:pk>/", exclusions.exclusion_detail, name="exclusion"),
    path("exclusions/<int:pk>/<slug:deed>/", exclusions.exclusion_deed, name="exclusion-deed"),
    path("exclusions/<int:pk>/files/<int:file_id>/", exclusions.evidence, name="exclusion-file"),
]
