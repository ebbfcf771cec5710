"""What the engine says is wrong, with the address of the cell."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a table. row: counted from 1; column: code of a fact or output."""

    message: str
    row: int | None = None
    column: str | None = None
    label: str = ""

    def __str__(self) -> str:
        place = _("第%(row)s行") % {"row": self.row} if self.row is not None else ""
        if self.label or self.column:
            place += f"“{self.label or self.column}”"
        return f"{place}：{self.message}" if place else self.message


class InvalidTable(ValueError):
    """The table cannot be kept as it is; ``problems`` says where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("；".join(str(p) for p in problems[:5]))
        self.problems = problems


class InvalidFacts(ValueError):
    """The facts do not fit the vocabulary; ``fact`` is the code of the first that does not."""

    def __init__(self, fact: str, message: str) -> None:
        super().__init__(message)
        self.fact = fact


class SeveralRowsMatch(ValueError):
    """A table that promises one matching row had several; ``keys`` names them."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__(f"several rows match: {', '.join(keys)}")
        self.keys = keys
