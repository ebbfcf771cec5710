from django.urls import path

from apps.clocks import views

app_name = "clocks"

urlpatterns = [
    path("", views.calendar_list, name="calendar-list"),
    path("start/", views.calendar_start, name="calendar-start"),
    path("<int:pk>/", views.calendar_detail, name="calendar-detail"),
    path("<int:pk>/day/", views.day_set, name="day-set"),
    path("<int:pk>/week/", views.week_set, name="week-set"),
    path("<int:pk>/running/", views.calendar_running, name="calendar-running"),
    path("<int:pk>/import/", views.calendar_import, name="calendar-import"),
]
