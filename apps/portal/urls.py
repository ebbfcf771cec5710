from django.urls import path

from apps.portal import preview, views

app_name = "portal"

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("search/count/", views.search_count, name="search-count"),
    path("preview/<int:user_id>/", preview.preview, name="preview"),
    path("preferences/", views.preferences, name="preferences"),
    path("preferences/<slug:view>/", views.preference_save, name="preference-save"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("styleguide/", views.style_guide, name="styleguide"),
]
