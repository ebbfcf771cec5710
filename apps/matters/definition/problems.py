"""What is wrong with a definition, said so that an officer knows what to change and where."""

from typing import Self


class Problem(str):
    """A sentence that knows its place.

    part: the key of the body it is about, "" for the whole; pages link to it.
    """

    part: str
    __slots__ = ("part",)

    def __new__(cls, part: str, text: str) -> Self:
        problem = super().__new__(cls, text)
        problem.part = part
        return problem
