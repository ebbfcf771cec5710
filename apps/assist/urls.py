from django.urls import path

from apps.assist.views import keeping, tables, using

app_name = "assist"

urlpatterns = [
    path("", keeping.assistant_list, name="assistant-list"),
    path("new/", keeping.assistant_edit, name="assistant-new"),
    path("<int:pk>/", keeping.assistant_detail, name="assistant-detail"),
    path("<int:pk>/edit/", keeping.assistant_edit, name="assistant-edit"),
    path("<int:pk>/try/", keeping.assistant_try, name="assistant-try"),
    path("<int:pk>/on/", keeping.assistant_on, name="assistant-on"),
    path("<int:pk>/off/", keeping.assistant_off, name="assistant-off"),
    path("speech/", using.speech, name="speech"),
    path("card/", using.card, name="card"),
    path("table/", tables.table, name="table"),
    path("table/sheet/", tables.sheet, name="table-sheet"),
]
