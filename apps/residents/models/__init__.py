from apps.residents.models.accounts import (
    FormerPhone,
    IdentityCheck,
    MiniProgramBinding,
    PublicAccount,
    PublicToken,
    SignInCode,
)
from apps.residents.models.persons import Agency, LegalPerson

__all__ = [
    "Agency",
    "FormerPhone",
    "IdentityCheck",
    "LegalPerson",
    "MiniProgramBinding",
    "PublicAccount",
    "PublicToken",
    "SignInCode",
]
