from apps.residents.models.accounts import (
    IdentityCheck,
    MiniProgramBinding,
    PublicAccount,
    PublicToken,
    SignInCode,
)
from apps.residents.models.persons import Agency, LegalPerson

__all__ = [
    "Agency",
    "IdentityCheck",
    "LegalPerson",
    "MiniProgramBinding",
    "PublicAccount",
    "PublicToken",
    "SignInCode",
]
