"""Shapes of what people type for a text-message code or bring from a card."""

from typing import Any

from allauth.core import context
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts.approvals.forms import ReasonForm
from apps.accounts.factors import certificates, challenges, phone
from apps.accounts.factors.checking import Proof, checker
from apps.accounts.forms import CountedCode
from apps.accounts.models import Certificate, User
from apps.common.errors import DomainError


class _PhoneCode(forms.Form):
    code = forms.CharField(
        label=_("验证码"),
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            self.take(code)
        except DomainError as error:
            raise ValidationError(error.message, code=error.code) from error
        return code

    def take(self, code: str) -> None:
        phone.check(self.user, code=code)


class PhoneCodeForm(CountedCode, _PhoneCode):
    """The code that came by text message, before the door or something dangerous."""

    def save(self) -> None:
        phone.note_use(context.request, self.user, again=True)


class EnrolPhoneForm(CountedCode, _PhoneCode):
    """The first code, which proves that the number in the file receives codes."""

    def take(self, code: str) -> None:
        phone.enrol(self.user, code=code)


class CardForm(forms.Form):
    """What a card gave back for the text this browser shows; judged when it is cleaned.

    user: whose card it must be; None: whoever's, for signing in by card alone. by_tls: the
    browser showed the certificate to our web server instead.
    """

    certificate_found: Certificate

    signature = forms.CharField(
        label=_("签名结果"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("PKCS#7 签名，或对文字的签名值（Base64）。"),
    )
    certificate = forms.CharField(
        label=_("证书"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("签名结果是 PKCS#7 时留空。"),
    )

    def __init__(
        self, *args: Any, request: HttpRequest, user: User | None = None, **kwargs: Any
    ) -> None:
        self.request, self.user = request, user
        super().__init__(*args, **kwargs)
        self.fields["signature"].required = not self.takes_tls

    @property
    def challenge(self) -> str:
        """The text to be signed; asked for by the page, after an answer was judged."""
        return challenges.issue(self.request)

    @property
    def is_simulated(self) -> bool:
        return checker().is_simulated

    @property
    def takes_tls(self) -> bool:
        return bool(settings.CERTIFICATE_TLS_HEADER)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if self.errors:
            return given
        try:
            if self.data.get("by_tls"):
                found = certificates.prove_by_tls(self.request, user=self.user)
            else:
                proof = Proof(given.get("signature", ""), given.get("certificate", ""))
                found = certificates.prove(self.request, proof, user=self.user)
        except DomainError as error:
            raise ValidationError(error.message, code=error.code) from error
        self.certificate_found = found
        return given

    def save(self) -> None:
        user = self.certificate_found.user
        certificates.note_use(self.request, user, self.certificate_found, again=True)


class RegisterCardForm(ReasonForm):
    """The certificate of a person's card, for a second person to check."""

    field_order = ("certificate", "reason")

    certificate = forms.CharField(
        label=_("证书"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("从 U 盾助手导出的签名证书，PEM 或 DER 的 Base64；不含私钥。"),
    )


class EndCardForm(forms.Form):
    """Why a card is taken out of use."""

    reason = forms.CharField(label=_("停用原因"), min_length=2, max_length=200)
