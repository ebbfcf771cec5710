from django.urls import path

from apps.signon.views import tickets

app_name = "cas"

urlpatterns = [
    path("login", tickets.login, name="login"),
    path("logout", tickets.logout, name="logout"),
    path("serviceValidate", tickets.validate_2, name="validate-2"),
    path("p3/serviceValidate", tickets.validate_3, name="validate-3"),
]
