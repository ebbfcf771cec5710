"""The step of signing in for somebody whose factor was reset: the enrolment code."""

from allauth.account.stages import LoginStage
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.accounts.assurance import recovery


class EnrolmentCodeStage(LoginStage):
    """Between the password and the open session, while a recovery waits for its code."""

    key = "enrolment_code"
    urlname = "accounts:enrolment-code"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if recovery.waiting_for_code(self.login.user) is None:
            return None, True
        return redirect(self.urlname), True
