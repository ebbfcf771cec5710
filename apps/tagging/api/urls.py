from django.urls import path

from apps.tagging.api.intake import TagReadsView

urlpatterns = [
    path("tagging/reads/", TagReadsView.as_view(), name="api-tagging-reads"),
]
