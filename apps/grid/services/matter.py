"""The matter events are handled by, and the rule that says whose duty they are; as shipped."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import Actor
from apps.matters.enums import MatterKind
from apps.matters.models import MatterType
from apps.matters.selectors import in_force
from apps.matters.services import (
    create_matter_type,
    ensure_domain,
    publish_version,
    save_draft,
)
from apps.rules import services as rules
from apps.rules.models import RuleTable

TABLE, VOCABULARY = "grid-dispatch", "grid.dispatch"


@transaction.atomic
def ensure_matter(actor: Actor, *, shipped: Mapping[str, Any]) -> MatterType:
    """Will put the shipped matter in force where there is none of its code yet.

    shipped: {"code", "name", "domain": [code, name], "body"} (fixtures/grid/matter.json).
    """
    found = in_force().filter(code=shipped["code"]).first()
    if found is not None:
        return found
    code, name = shipped["domain"]
    matter = create_matter_type(
        actor,
        code=shipped["code"],
        name=shipped["name"],
        kind=MatterKind.OPERATION,
        domain=ensure_domain(actor, code=code, name=name),
    )
    draft = save_draft(actor, matter_type_id=matter.pk, body=shipped["body"])
    publish_version(actor, version_id=draft.pk)
    return matter


@transaction.atomic
def ensure_dispatch_table(
    author: User, publisher: User, *, shipped: Mapping[str, Any]
) -> RuleTable:
    """Will write the shipped duty rule with its test cases and have a second person publish it.

    shipped: {"name", "body", "test_cases": [{"name", "facts", "expected"}]}
    (fixtures/grid/duty.json). A table of its code that exists is left alone.
    """
    found = RuleTable.objects.filter(code=TABLE).first()
    if found is not None:
        return found
    table = rules.create_table(author, code=TABLE, name=shipped["name"], vocabulary=VOCABULARY)
    draft = rules.save_draft(author, table=table, body=shipped["body"])
    for example in shipped["test_cases"]:
        rules.add_test_case(
            author,
            table=table,
            name=example["name"],
            facts=example["facts"],
            expected=example["expected"],
        )
    rules.submit(author, version=draft)
    rules.publish(publisher, version=draft)
    return table
