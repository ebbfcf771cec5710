from django.urls import path

from apps.inspection.api import views

urlpatterns = [
    path(
        "supervised-objects/", views.SupervisedObjectList.as_view(), name="api-supervised-objects"
    ),
    path(
        "supervised-objects/<int:object_id>/",
        views.SupervisedObjectDetail.as_view(),
        name="api-supervised-object",
    ),
    path("inspection/draws/", views.DrawList.as_view(), name="api-draws"),
    path("inspection/draws/<str:number>/", views.DrawDetail.as_view(), name="api-draw"),
    path("inspection/draws/<str:number>/proof/", views.DrawProof.as_view(), name="api-draw-proof"),
    path("inspection/results/", views.PublishedResults.as_view(), name="api-check-results"),
    path("inspection/verify/", views.Verify.as_view(), name="api-draw-verify"),
]
