"""What is there for me now: of all open policies those to tell one subscriber of, the best first.

The shelf judges all of them at once, and rank follows from its verdicts; so only as many are decided one by one as the
reader takes.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from matcher.applicant import Applicant
from matcher.audience.shelf import Judged, Shelf
from matcher.decision import Act, Decision, Offer, Wish, decide_now, rank, unasked_chance
from matcher.truth import Truth


def iterate_best(
    shelf: Shelf, offers: Mapping[int, Offer], wish: Wish, applicant: Applicant, today: date
) -> Iterator[tuple[int, Decision]]:
    """Number and decision of each offer of the shelf that is to be pushed, by falling rank, then by number."""
    judged = shelf.judge(applicant)
    possible = [
        (rank(offers[number], _chance(offers[number], wish), openness, applicant.side, today), number)
        for number, openness in _possible(judged, offers, wish)
    ]
    for _, number in sorted(possible, key=lambda one: (-one[0], one[1])):
        decision = decide_now(offers[number], wish, applicant, today)
        if decision.act is Act.PUSH:
            yield number, decision


def _possible(judged: Judged, offers: Mapping[int, Offer], wish: Wish) -> Iterator[tuple[int, int]]:
    """Numbers with their openness: subscribed to and not ruled out, or fitting in one's favour where recommended."""
    left = judged.verdicts != Truth.NO
    favourable = judged.favourable == Truth.YES
    openness = 2 - favourable.astype(int) - (judged.verdicts == Truth.YES)
    for at in left.nonzero()[0].tolist():
        number = int(judged.policies[at])
        if not wish.topics.isdisjoint(offers[number].topics) or (wish.recommend and favourable[at]):
            yield number, int(openness[at])


def _chance(offer: Offer, wish: Wish) -> float:
    """What the topic counts for: the likeliest of those subscribed to."""
    mine = [chance for topic, chance in offer.topics.items() if topic in wish.topics]
    return max(mine, default=unasked_chance(offer))
