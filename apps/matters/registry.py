"""What higher apps plug into the engine.

A channel app (hotline, grid ...) holds what is its own by a one-to-one to the case and
registers a ``CaseExtension`` for its matter types, so that rules may ask for its facts and the
case page may show its panel, while the engine imports none of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from apps.common import dictionaries
from apps.common.journeys import Statement

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.accounts.models import User
    from apps.clocks.models import Calendar
    from apps.matters.forgetting import Forgetting
    from apps.matters.models import Case, CaseEvent

#: The code list the classes of demands are chosen from.
CLASS_DICTIONARY = "demand-class"


#: Refuses an action the channel knows a reason against: case, action, cleaned data. The case is
#: locked; asked after the engine's own refusals of right and state, before the action's own.
#: Raises: DomainError.
Guard = Callable[["Case", str, Mapping[str, Any]], None]
#: Orders what is due for one event, in the transaction that writes it. Rows and outbox messages
#: only: a duty must neither be lost nor done for an event that was rolled back. The case is locked.
Follower = Callable[["Case", "CaseEvent"], None]


class CaseExtension:
    """What a channel adds to the cases of its matter types. Everything may be left as is."""

    guards: tuple[Guard, ...] = ()
    followers: tuple[Follower, ...] = ()

    #: Template shown on the case page beside the facts; gets ``case`` and ``panel``.
    panel_template = ""
    #: Reverse one-to-ones of ``Case`` that ``reporter_name`` reads; lists fetch them at once.
    list_relations: tuple[str, ...] = ()
    #: What the tables that name the unit may speak of.
    dispatch_vocabulary = "matters.dispatch"
    #: Whether the rules are asked for a unit as soon as a case is opened with its class. False
    #: where the facts they ask for are written right after the case.
    proposes_at_opening = True
    #: Whether output materials that name a seal are drawn, sealed and handed out (ES-07). False:
    #: no definition of these types may name one, for nobody would ever get the document.
    hands_out_sealed = False

    def facts(self, case: "Case") -> dict[str, Any]:
        """Will give facts for decision tables, by the codes of the vocabulary."""
        return {}

    def class_choices(self, on: date | None = None) -> Sequence[tuple[str, str]]:
        """Will give (code, label) of the classes a case may have on a day (default: today)."""
        return dictionaries.choices(CLASS_DICTIONARY, on)

    def class_label(self, code: str) -> str:
        """Will give the name of a class, also of one no longer chosen."""
        return dictionaries.label(CLASS_DICTIONARY, code)

    def limit(self, case: "Case") -> dict[str, Any] | None:
        """Will give the limit of the case's class where the rules name none; None: the matter's.

        {"amount", "unit"} as ``limits.parse_limit`` gives it.
        """
        return None

    def clock_limit(self, case: "Case", clock: str) -> dict[str, Any] | None:
        """Will give the limit of one clock of this case, {"amount", "unit"} of ``clocks``.

        For channels whose limits are data of their own, such as the level of a fault. Asked when
        the clock starts and after each action; another answer replaces the limit of a running
        clock. None: the definition's.
        """
        return None

    def calendar(self, case: "Case") -> "Calendar | None":
        """Will give the working calendar clocks of this case start with. None: the area's."""
        return None

    def intake_url(self, viewer: "User", matter_type: str) -> str | None:
        """Will give the page where the viewer takes in cases of this matter.

        "": the general page; None: the viewer takes in none of them.
        """
        return ""

    def panel(self, request: "HttpRequest", case: "Case") -> dict[str, Any]:
        """Will give what ``panel_template`` shows; masked for the viewer of ``request``."""
        return {}

    def foreseen(self, case: "Case") -> Sequence[Statement]:
        """Will give what the channel asks in nearly every deed on a case (``rows.foresee``)."""
        return ()

    def reporter(self, case: "Case") -> dict[str, str] | None:
        """Will give ``name`` and ``phone`` of the reporter as they are, for programs.

        What the program may not see is masked on the way out. None: nobody is known, or the
        reporter asked to be kept secret.
        """
        return None

    def reporter_name(self, case: "Case") -> str:
        """Will give the masked name of the reporter for lists; empty when unknown."""
        return ""

    def marks(self, case: "Case") -> Sequence[tuple[str, str]]:
        """Will give (words, level) lists show beside the title: what nobody may leave lying.

        level: "over", "soon" or "", as badges have it.
        """
        return ()

    def proposed_class(self, case: "Case") -> str:
        """Will give the class a form begins with where nobody has chosen one; "": none."""
        return ""


#: What other apps know beside a case of any matter: (label, address) the viewer may open.
CaseLinks = Callable[["User", "Case"], Sequence[tuple[str, str]]]
#: A card on the page of every case: (template, what it shows as ``card``); None: not on this one.
CaseCard = Callable[["User", "Case"], tuple[str, Any] | None]
#: What all reporters merged into a case are told as its result; "": its own public words.
MergedAnswer = Callable[["Case"], str]

#: Gives what a channel asks by the key of a case in nearly every deed on it (``rows.ask``).
CaseQuestion = Callable[[int], Statement]

_foreseen: list[CaseQuestion] = []
_case_links: list[CaseLinks] = []
_case_cards: list[CaseCard] = []
_followers: list[Follower] = []
_merged_answers: list[MergedAnswer] = []
_extensions: dict[str, CaseExtension] = {}
_NONE = CaseExtension()


def register_extension(matter_type_prefix: str, extension: CaseExtension) -> None:
    """Will serve every matter type whose code is the prefix or begins with it and a dot."""
    if matter_type_prefix in _extensions:
        raise ValueError(f"matter types {matter_type_prefix} already have an extension")
    _extensions[matter_type_prefix] = extension


def register_follower(follower: Follower) -> None:
    """Will have it called with every event of every case, after the channel's own followers.

    It runs in each deed of the city: what concerns few cases must be told without a question.
    """
    if follower not in _followers:
        _followers.append(follower)


def followers_of(matter_type: str) -> tuple[Follower, ...]:
    """Will give who follows the cases of a matter: its channel, then everybody who registered."""
    return (*extension_of(matter_type).followers, *_followers)


def register_foreseen(question: CaseQuestion) -> None:
    """Will ask this with the lock of every case: a question that costs next to nothing."""
    if question not in _foreseen:
        _foreseen.append(question)


def foreseen_of(case_id: int) -> list[Statement]:
    """Will give what the channels ask by the key of a case."""
    return [question(case_id) for question in _foreseen]


def register_case_links(links: CaseLinks) -> None:
    """Will show these links on the page of every case."""
    if links not in _case_links:
        _case_links.append(links)


def links_beside(viewer: "User", case: "Case") -> list[tuple[str, str]]:
    """Will give what other apps link a case with, for this viewer."""
    return [link for links in _case_links for link in links(viewer, case)]


def register_case_card(card: CaseCard) -> None:
    """Will ask this for a card on the page of every case."""
    if card not in _case_cards:
        _case_cards.append(card)


def cards_of(viewer: "User", case: "Case") -> list[tuple[str, Any]]:
    """Will give the cards other apps put on a case's page, as (template, what it shows)."""
    return [shown for card in _case_cards if (shown := card(viewer, case)) is not None]


def register_merged_answer(answer: MergedAnswer) -> None:
    """Will ask this what the reporters merged into a case are told as its result."""
    if answer not in _merged_answers:
        _merged_answers.append(answer)


def merged_answer(main: "Case") -> str:
    """Will give the words prepared for all reporters merged into a case, "" when none are."""
    return next((words for answer in _merged_answers if (words := answer(main))), "")


def extension_of(matter_type: str) -> CaseExtension:
    """Will give the extension of the longest matching prefix, or an empty one."""
    parts = matter_type.split(".")
    for length in range(len(parts), 0, -1):
        found = _extensions.get(".".join(parts[:length]))
        if found is not None:
            return found
    return _NONE


def list_relations() -> list[str]:
    """Will give what a list of cases must prefetch so that no row asks for its own."""
    return sorted({name for found in _extensions.values() for name in found.list_relations})


class PersonHolder:
    """What an app keeps of the people behind cases: where, why it must stay, and how it goes.

    Every app whose rows hold words about a case registers one (``tests/retention``). Apps change
    their own rows only; all of it happens in one transaction with the tombstone of each case.
    """

    #: Prefixes of the matters whose cases may be forgotten, by the app that opens them.
    matters: tuple[str, ...] = ()
    #: Takes the people out of this app's rows about the cases; None: what it keeps is needed.
    forget: Callable[["Forgetting"], None] | None = None

    def persons(self, case_ids: Sequence[int]) -> dict[int, set[str]]:
        """Will give the names, numbers and addresses of each case's people, as they are kept."""
        return {}

    def kept_because(self, case_ids: Sequence[int]) -> dict[int, str]:
        """Will give why some of the cases may not be forgotten yet."""
        return {}

    def sweep(self, before: datetime) -> int:
        """Will drop what older rows know of people no case refers to; gives their number."""
        return 0


_holders: dict[str, PersonHolder] = {}


def register_holder(app: str, holder: PersonHolder) -> None:
    """Will ask this app too when people are forgotten. Raises: ValueError (named twice)."""
    if app in _holders:
        raise ValueError(f"{app} has said already what it keeps of people")
    _holders[app] = holder


def holders() -> dict[str, PersonHolder]:
    """Will give who keeps something of people, by app."""
    return dict(_holders)


@contextmanager
def registered_temporarily(matter_type_prefix: str, extension: CaseExtension) -> Iterator[None]:
    """Will register within the block; for tests."""
    before = _extensions.get(matter_type_prefix)
    _extensions[matter_type_prefix] = extension
    try:
        yield
    finally:
        if before is None:
            del _extensions[matter_type_prefix]
        else:
            _extensions[matter_type_prefix] = before
