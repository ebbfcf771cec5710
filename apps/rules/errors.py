"""Refusals of the rules.

InvalidInput
|-- InvalidRules            the table cannot be kept; data["problems"] lists the cells
`-- UnfitFacts              a fact is unknown, of a wrong type or missing; field names it
Refused
|-- NoTable                 no version of the table is in force
|-- BrokenTable             the table in force cannot decide (audited)
|-- NotReady                errors, or test cases missing or failing; data says which
`-- WrongState              the version is past (or before) the point of that deed
NotAllowed
`-- SamePerson              who wrote a version may not approve it
"""

from apps.common.errors import InvalidInput, NotAllowed, Refused


class InvalidRules(InvalidInput):
    code = "invalid_rules"


class UnfitFacts(InvalidInput):
    code = "unfit_facts"


class NoTable(Refused):
    code = "no_rule_table"


class BrokenTable(Refused):
    code = "broken_rule_table"


class NotReady(Refused):
    code = "rules_not_ready"


class WrongState(Refused):
    code = "rules_wrong_state"


class SamePerson(NotAllowed):
    code = "same_person"
