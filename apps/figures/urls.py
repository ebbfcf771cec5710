from django.urls import path

from apps.figures.views import forecast, rows, statistics, wall

app_name = "figures"

urlpatterns = [
    path("statistics/", statistics.statistics, name="statistics"),
    path("statistics/export/<slug:by>/", statistics.export, name="statistics-export"),
    path("forecast/", forecast.forecast, name="forecast"),
    path("forecast/wall/", wall.wall, name="forecast-wall"),
    path("forecast/hot-spots/", wall.hot_spots, name="hot-spots"),
    path("forecast/export/<slug:table>/", forecast.export, name="forecast-export"),
    path("cases/", rows.cases, name="cases"),
    path("overdue-steps/", rows.overdue_steps, name="overdue-steps"),
]
