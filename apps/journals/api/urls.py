from django.urls import path

from apps.journals.api.views import LinesView

urlpatterns = [path("journals/lines/", LinesView.as_view(), name="api-journals-lines")]
