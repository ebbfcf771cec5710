from django.urls import path

from apps.notices import views

app_name = "notices"

urlpatterns = [
    path("", views.notice_list, name="notice-list"),
    path("bell/", views.bell, name="bell"),
    path("unread/", views.unread, name="unread"),
    path("read-all/", views.mark_all_read, name="mark-all-read"),
    path("simulator/", views.simulator, name="simulator"),
    path("<int:notice_id>/open/", views.notice_open, name="notice-open"),
    path("<int:notice_id>/read/", views.mark_read, name="mark-read"),
]
