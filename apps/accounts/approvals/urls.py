from django.urls import path

from apps.accounts.approvals import views

urlpatterns = [
    path("", views.approval_list, name="approval-list"),
    path("<int:pk>/", views.approval_detail, name="approval-detail"),
    path("<int:pk>/decide/", views.approval_decide, name="approval-decide"),
    path("<int:pk>/withdraw/", views.approval_withdraw, name="approval-withdraw"),
]
