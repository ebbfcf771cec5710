from django.urls import path

from apps.algorithms.api import views

urlpatterns = [
    path("algorithms/", views.AlgorithmList.as_view(), name="api-algorithms"),
    path("algorithms/calls/<int:pk>/", views.CallDetail.as_view(), name="api-algorithm-call"),
    path("algorithms/<slug:code>/", views.AlgorithmDetail.as_view(), name="api-algorithm"),
    path("algorithms/<slug:code>/calls/", views.CallNew.as_view(), name="api-algorithm-calls"),
]
