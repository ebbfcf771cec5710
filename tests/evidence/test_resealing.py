"""A key or a cipher that changes: everything sealed is sealed anew, nothing is lost (CL-02)."""

from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import ciphers, clock
from apps.evidence.models import RowFinding
from apps.evidence.services.resealing import RESEALED, reseal
from apps.evidence.services.rows import check_rows
from apps.gateway.models import Connector
from apps.gateway.sealing import seal, unseal
from apps.registry.models import Person
from tests.accounts.factors import code_of, enrol
from tests.cast import Cast
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db
OLD, NEW = "o" * 60, "n" * 60


@pytest.fixture
def connector(cast: Cast, settings: Any) -> Connector:
    """Sealed with AES under an earlier key."""
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []
    settings.FIELD_CIPHER = "aes"
    return Connector.objects.create(
        code="water", name="水务平台", tenant=cast.tenant, url="https://water.example/",
        secret=seal("hush"), created_at=clock.now(), created_by_name="王主任",
    )  # fmt: skip


def change_key(settings: Any, *, keeps: bool = True) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD] if keeps else []
    settings.FIELD_CIPHER = "sm4"


def found(column: str, *, is_trial: bool = False) -> tuple[int, int, int]:
    lines = {line.column: line for line in reseal(SYSTEM, is_trial=is_trial)}
    line = lines[column]
    return line.current, line.done, line.lost


def test_a_trial_counts_and_changes_nothing(connector: Connector, settings: Any) -> None:
    change_key(settings)
    before = connector.secret
    assert found("gateway.Connector.secret", is_trial=True) == (0, 1, 0)
    connector.refresh_from_db()
    assert connector.secret == before
    assert not AuditEntry.objects.filter(action=RESEALED).exists()


def test_after_it_the_earlier_key_is_needed_no_more(connector: Connector, settings: Any) -> None:
    change_key(settings)
    assert found("gateway.Connector.secret") == (0, 1, 0)
    settings.SECRET_KEY_FALLBACKS = []
    connector.refresh_from_db()
    assert connector.secret.startswith("sm4.")
    assert unseal(connector.secret) == "hush"
    assert connector.previous_secret == ""
    assert found("gateway.Connector.secret") == (1, 0, 0)
    first, second = AuditEntry.objects.filter(action=RESEALED).order_by("pk")
    assert first.data["gateway.Connector.secret"] == [0, 1, 0]
    assert second.data["gateway.Connector.secret"] == [1, 0, 0]
    assert "hush" not in str(first.data)


def test_what_no_key_opens_stays_as_it_is(connector: Connector, settings: Any) -> None:
    change_key(settings, keeps=False)
    before = connector.secret
    assert found("gateway.Connector.secret") == (0, 0, 1)
    connector.refresh_from_db()
    assert connector.secret == before


def test_numbers_in_files_go_along(cast: Cast, settings: Any) -> None:
    settings.SECRET_KEY, settings.FIELD_CIPHER = OLD, "sm4"
    settings.IDENTITY_DIGEST_KEY = "d" * 60
    file = registry.person(registry.lay_on(cast))
    change_key(settings)
    reseal(SYSTEM)
    settings.SECRET_KEY_FALLBACKS = []
    number = registry.id_number(1)
    assert unseal(Person.objects.get(file=file).id_sealed) == number


def test_second_factors_outlive_the_key(cast: Cast, settings: Any) -> None:
    settings.SECRET_KEY, settings.FIELD_CIPHER = OLD, "aes"
    seed = enrol(cast.dispatcher)
    change_key(settings)
    reseal(SYSTEM)
    settings.SECRET_KEY_FALLBACKS = []
    kept = Authenticator.objects.get(user=cast.dispatcher, type=Authenticator.Type.TOTP)
    assert kept.data["secret"].startswith("sm4.")
    assert kept.wrap().validate_code(code_of(seed))


def test_the_watch_over_rows_takes_it_for_a_change_of_ours(
    connector: Connector, settings: Any
) -> None:
    settings.EVIDENCE_PROTECT_ROWS = True
    check_rows()
    change_key(settings)
    settings.SECRET_KEY = OLD  # the digests of rows are keyed too; here the cipher changes
    reseal(SYSTEM)
    check_rows()
    assert RowFinding.objects.count() == 0
    Connector.objects.filter(pk=connector.pk).update(secret="gAAAAforged")
    check_rows()
    assert RowFinding.objects.count() == 1


def test_the_inventory_says_what_is_behind(connector: Connector, settings: Any) -> None:
    change_key(settings)

    def told() -> tuple[str, bool, str]:
        (use,) = (u for u in ciphers.all_uses() if u.place == "apps.gateway.sealing")
        return use.algorithm, use.has_national, str(use.fault)

    algorithm, has_national, fault = told()
    assert (algorithm, has_national) == ("SM4-GCM", False)
    assert "manage.py reseal" in fault
    reseal(SYSTEM)
    assert told() == ("SM4-GCM", True, "")


def test_the_command_tells_of_each_column(connector: Connector, settings: Any) -> None:
    change_key(settings, keeps=False)
    out, err = StringIO(), StringIO()
    call_command("reseal", "--check", stdout=out, stderr=err)
    assert "gateway.Connector.secret" in out.getvalue()
    assert "1 values are opened by no key" in err.getvalue()
