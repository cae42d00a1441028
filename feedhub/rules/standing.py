"""What becomes of a story's state: when stories become one, and when an editor decides on one that has a past."""

from dataclasses import replace

from feedhub.model.standing import CLOSED, Standing

_BY_STRENGTH = ("new", "dropped", "published", "shortlisted", "picked")
_OFF_THE_DESK = ("hidden", "backlog")


def united(first: Standing, other: Standing) -> Standing:
    """Return how a story stands that another one was merged into: the stronger decision holds, and nothing is lost.

    | | new | dropped | published | shortlisted | picked |
    |---|---|---|---|---|---|
    | **new** | new | new, since dropped | new, since No. 31 | shortlisted | picked |
    | **dropped** | new, since dropped | dropped | published | shortlisted | picked |
    | **published** | new, since No. 31 | published | published | shortlisted | picked |
    | **shortlisted** | shortlisted | shortlisted | shortlisted | shortlisted | picked |
    | **picked** | picked | picked | picked | picked | picked |

    What is hidden or backlog is no news, and stays off the desk only beside its like. Of equal decisions the first
    story's holds; what it was given no reason for has the other's.
    """
    stronger, weaker = (
        (other, first) if _BY_STRENGTH.index(other.state) > _BY_STRENGTH.index(first.state) else (first, other)
    )
    fresh = [each.news_at or each.first_seen for each in (first, other) if each.seen_as == "new"]
    news_at = max(fresh, default=None) if stronger.state in CLOSED else None
    quiet = first.seen_as in _OFF_THE_DESK and other.seen_as in _OFF_THE_DESK
    return replace(
        first,
        state=stronger.state,
        reason=stronger.reason or (weaker.reason if weaker.state == stronger.state else None),
        decided_by=stronger.decided_by,
        decided_at=stronger.decided_at,
        news_at=first.news_at if stronger.state == "new" else news_at,
        hidden=first.hidden if quiet else None,
        hidden_by=first.hidden_by or other.hidden_by,
        backlog=first.backlog if quiet else 0,
        score=max(first.score, other.score, key=abs),
        section=first.section or other.section,
    )


def decided(was: Standing, to: str, *, covered: str | None, latest: str) -> tuple[str, str | None] | None:
    """Return the state and the time of its news that a decision leaves a story in; None when it cannot be taken.

    `covered` is when an issue was published with it, if one was, `latest` when its last entry came.

    | | shortlist | drop | undrop |
    |---|---|---|---|
    | new, hidden, backlog, shortlisted, dropped | shortlisted | dropped | new |
    | new, since dropped | shortlisted | dropped | new |
    | new, since No. 31 | shortlisted | published | as it is |
    | shortlisted, since No. 31 | shortlisted | published | new, since No. 31 |
    | published, its news dropped | shortlisted | none | new, since No. 31 |
    | published | none | none | none |
    """
    if covered is None:
        return to, was.news_at if to == "new" else None
    had_news = was.reason is not None or latest > covered
    if was.state == "published" and not was.news_at and (to == "dropped" or not had_news):
        return None
    if to == "new":
        return "published", was.news_at or latest
    return "published" if to == "dropped" else to, None
