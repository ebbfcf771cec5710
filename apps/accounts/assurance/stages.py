"""Steps of signing in after the password: the second factor, and the enrolment code."""

import contextlib

from allauth.account.stages import LoginStage
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.internal.flows import did_use_passwordless_login
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.accounts.assurance import recovery
from apps.accounts.assurance.levels import Method, factors_of
from apps.accounts.factors import phone
from apps.common.errors import TooMany

BY_CERTIFICATE = "by_certificate"  # in the state of a sign-in that a certificate opened


class SecondFactorStage(AuthenticateStage):
    """allauth's step, for our factors too: the strongest kind a person has is asked for.

    Who has an application or a passkey gets allauth's page (from which a certificate may be
    used instead), who has only a certificate that page, who has only a telephone a text
    message. A certificate that opened the sign-in is a second factor already: the card and
    its PIN.
    """

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        if user is None or self.login.state.get(BY_CERTIFICATE):
            return None, True
        if self._should_handle(self.request):
            return super().handle()
        if did_use_passwordless_login(self.request, user):
            return None, True
        if Method.CERTIFICATE in factors_of(user):
            return redirect("accounts:certificate-enter"), True
        if phone.find_factor(user) is None:
            return None, True
        with contextlib.suppress(TooMany):  # one was sent a moment ago; the page says so
            phone.send_code(user)
        return redirect("accounts:sms-enter"), True


class EnrolmentCodeStage(LoginStage):
    """Between the password and the open session, while a recovery waits for its code."""

    key = "enrolment_code"
    urlname = "accounts:enrolment-code"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if recovery.waiting_for_code(self.login.user) is None:
            return None, True
        return redirect(self.urlname), True
