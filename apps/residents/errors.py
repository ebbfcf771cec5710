"""Refusals of public accounts.

DomainError
|-- SignInRefused       the code or token is not good; never says which part   (HTTP 401)
|-- Refused
|   |-- AccountClosedOff  frozen; told only to whoever proved the phone        (HTTP 409)
|   |-- NotBound          this mini-program user has no account yet            (HTTP 409)
|   `-- CheckFailed       the authority did not confirm, or could not be asked (HTTP 409)
"""

from apps.common.errors import DomainError, Refused


class SignInRefused(DomainError):
    """Nobody is signed in by that."""

    status = 401
    code = "citizen_sign_in_refused"


class AccountClosedOff(Refused):
    """The account is frozen."""

    code = "account_frozen"


class NotBound(Refused):
    """The mini-program's user must sign in by phone once."""

    code = "binding_missing"


class CheckFailed(Refused):
    """The identity was not confirmed. Codes: ``check_not_passed``, ``check_not_available``."""

    code = "check_not_passed"
