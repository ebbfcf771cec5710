from django.urls import path

from apps.demo import views

app_name = "demo"

urlpatterns = [
    path("", views.index, name="index"),
    path("card/", views.card, name="card"),
    path("tiles/<int:z>/<int:x>/<int:y>.png", views.tile, name="tile"),
    path("receiver/", views.receiver, name="receiver"),
    path("neighbour/<path:document>", views.neighbour_server, name="neighbour"),
    path("directory/Users", views.directory_people, name="directory"),
    path("directory/Users/<int:account_id>", views.directory_people, name="directory-account"),
]
