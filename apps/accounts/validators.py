"""The rules of passwords, beyond Django's own. Source: GB/T 22239-2019 8.1.4.1."""

from typing import Any

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.accounts.names import pinyin_of


class LengthValidator(MinimumLengthValidator):
    """At least so many characters, said in the words of the office."""

    def get_error_message(self) -> Any:
        return _("密码至少 %d 位。") % self.min_length

    def get_help_text(self) -> str:
        return _("至少 %d 位。") % self.min_length


class CharacterClassValidator:
    """Three of: capital letters, small letters, digits, other signs."""

    def __init__(self, classes: int = 3) -> None:
        self.classes = classes

    def validate(self, password: str, user: Any = None) -> None:
        kinds = {
            "capital" if c.isupper() else "small" if c.islower() else "digit" if c.isdigit()
            else "sign"
            for c in password
        }  # fmt: skip
        if len(kinds) < self.classes:
            raise ValidationError(self.get_help_text(), code="password_too_plain")

    def get_help_text(self) -> str:
        return _("须包含大写字母、小写字母、数字、符号中的至少 %d 种。") % self.classes


class NameInPasswordValidator:
    """Neither the name, its pinyin, the sign-in name nor the phone may stand in it."""

    minimum = 4  # shorter pieces occur by chance

    def validate(self, password: str, user: Any = None) -> None:
        if user is None:
            return
        lowered = password.lower()
        pinyin = pinyin_of(user.full_name).split(" ")[0]
        pieces = [pinyin, user.username, user.phone, user.employee_number]
        if user.full_name and user.full_name in password:
            raise ValidationError(self.get_help_text(), code="password_has_name")
        if any(len(p) >= self.minimum and p.lower() in lowered for p in pieces):
            raise ValidationError(self.get_help_text(), code="password_has_name")

    def get_help_text(self) -> str:
        return _("不得包含姓名、拼音、登录名、工号或手机号。")


class OldPasswordValidator:
    """Not one of the last few passwords of this person."""

    def __init__(self, last: int = 5) -> None:
        self.last = last

    def validate(self, password: str, user: Any = None) -> None:
        if user is None or user.pk is None:
            return
        hashes = user.old_passwords.order_by("-set_at", "-id").values_list(
            "password_hash", flat=True
        )[: self.last]
        if any(check_password(password, old) for old in hashes):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def get_help_text(self) -> str:
        return _("不得与最近 %d 次使用过的密码相同。") % self.last
