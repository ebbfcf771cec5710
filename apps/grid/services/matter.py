"""The matter events are handled by, and the rule that says whose duty they are; as shipped."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.rules import services as rules
from apps.rules.models import RuleTable

TABLE, VOCABULARY = "grid-dispatch", "grid.dispatch"


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
