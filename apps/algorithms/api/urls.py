from django.urls import path

from apps.algorithms.api import views

urlpatterns = [
    path("algorithms/", views.AlgorithmList.as_view(), name="api-algorithms"),
    path("algorithms/datasets/", views.DataSetList.as_view(), name="api-data-sets"),
    path("algorithms/datasets/<int:pk>/", views.DataSetDetail.as_view(), name="api-data-set"),
    path("algorithms/calls/<int:pk>/", views.CallDetail.as_view(), name="api-algorithm-call"),
    path("algorithms/<slug:code>/", views.AlgorithmDetail.as_view(), name="api-algorithm"),
    path("algorithms/<slug:code>/calls/", views.CallNew.as_view(), name="api-algorithm-calls"),
]
