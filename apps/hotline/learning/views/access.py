"""Who may open the pages about text."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.accounts.signed_in import actor_of
from apps.hotline.learning.permissions import require

View = Callable[..., HttpResponseBase]


def with_right(*rights: str) -> Callable[[View], View]:
    """Will let in those who have one of the rights."""

    def guarded(view: View) -> View:
        @login_required
        @wraps(view)
        def asked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            require(actor_of(request), *rights)
            return view(request, *args, **kwargs)

        return asked

    return guarded
