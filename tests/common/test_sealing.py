"""What lies encrypted: ciphers, keys that change, what does not open (CL-02)."""

import re

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.apps import apps
from django.db.models import CharField, JSONField, TextField

from apps.accounts.factors.sealing import SEEDS, earlier_key
from apps.common.sealing import Box, check_cipher, is_sealed, sealed_columns

OLD, NEW = "o" * 60, "n" * 60
TEXT = "11010519491231002X 张三 🙂"


@pytest.fixture
def box(settings) -> Box:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, []
    return Box("test")


def test_sm4_is_the_national_cipher() -> None:
    """The example of GB/T 32907-2016, appendix A.1."""
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    work = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()  # noqa: S305  one block
    assert work.update(key).hex() == "681edf34d206965e86b3e94f536e4246"


@pytest.mark.parametrize(("cipher", "begins"), [("sm4", "sm4."), ("aes", "gAAAA")])
def test_what_is_sealed_opens_and_differs_each_time(settings, box, cipher, begins) -> None:
    settings.FIELD_CIPHER = cipher
    first, second = box.seal(TEXT), box.seal(TEXT)
    assert first.startswith(begins)
    assert first != second
    assert TEXT not in first
    assert box.unseal(first) == box.unseal(second) == TEXT
    assert box.is_current(first)
    assert is_sealed(first)


@pytest.mark.parametrize("cipher", ["sm4", "aes"])
def test_an_earlier_key_opens_while_it_is_kept(settings, box, cipher) -> None:
    settings.FIELD_CIPHER, settings.SECRET_KEY = cipher, OLD
    sealed = box.seal(TEXT)
    settings.SECRET_KEY = NEW
    assert box.unseal(sealed) is None
    settings.SECRET_KEY_FALLBACKS = [OLD]
    assert box.unseal(sealed) == TEXT
    assert not box.is_current(sealed)


def test_either_cipher_is_opened_whichever_is_set(settings, box) -> None:
    sealed = {}
    for cipher in ("sm4", "aes"):
        settings.FIELD_CIPHER = cipher
        sealed[cipher] = box.seal(TEXT)
    assert [box.unseal(one) for one in sealed.values()] == [TEXT, TEXT]
    settings.FIELD_CIPHER = "sm4"
    assert [box.is_current(one) for one in sealed.values()] == [True, False]
    settings.FIELD_CIPHER = "aes"
    assert [box.is_current(one) for one in sealed.values()] == [False, True]


def test_another_purpose_does_not_open(box) -> None:
    assert Box("another").unseal(box.seal(TEXT)) is None


@pytest.mark.parametrize(
    "sealed",
    [
        "",
        "sm4.",
        "sm4..",
        "sm4.zz.x",
        "gAAAA",
        "gAAAAxyz",
        "clear text",
        "sm4.{name}.",
        "sm4.{name}.AAAA",
        "sm4.{name}.张",
    ],
)
def test_what_was_never_sealed_does_not_open(box, sealed: str) -> None:
    name = box.seal("").split(".")[1]
    assert box.unseal(sealed.format(name=name)) is None


def test_one_changed_character_is_noticed(box) -> None:
    sealed = box.seal(TEXT)
    for place in (len(sealed) - 30, len(sealed) - 60):
        other = "A" if sealed[place] != "A" else "B"
        assert box.unseal(sealed[:place] + other + sealed[place + 1 :]) is None


def test_seeds_of_earlier_versions_still_open(settings) -> None:
    sealed = Fernet(earlier_key(settings.SECRET_KEY)).encrypt(b"JBSWY3DPEHPK3PXP").decode()
    assert SEEDS.unseal(sealed) == "JBSWY3DPEHPK3PXP"


def test_a_cipher_nobody_knows_is_refused_at_start(settings) -> None:
    assert check_cipher() == []
    settings.FIELD_CIPHER = "rot13"
    assert [problem.id for problem in check_cipher()] == ["common.E001"]


def test_every_sealed_column_is_registered() -> None:
    """Else a change of keys would leave it behind."""
    known = {f"{column.model}.{column.name}" for column in sealed_columns()}
    named = {
        f"{field.model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, TextField | CharField)
        and re.search("sealed(?!_digest)|密文|加密", f"{field.name} {field.verbose_name}")
    }
    assert named - known == set()
    assert all(
        isinstance(apps.get_model(c.model)._meta.get_field(c.name), TextField | JSONField)
        for c in sealed_columns()
    )
