"""The way out for commands that visit something: the door with feeds.yaml's limits, secrets put in and taken out."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from feedhub import __version__
from feedhub.cli.session import Session
from feedhub.config.secrets import Secrets
from feedhub.errors import UsageError
from feedhub.model.feed import NoResponse, Request, Response
from feedhub.pollers.feeds import Visit

_AUTHORIZATION = "Authorization"


def way_out(session: Session) -> Visit:
    """Return the door with the hub's limits; it is opened, and libcurl loaded, when something is to be visited.

    What goes in has $NAMEs for secrets, and so has what comes out: only the door knows what they stand for.
    """
    network, contact = session.hub.network, session.hub.newsletter.contact

    def visit(
        requests: Iterable[Request], may_start: Callable[[int], bool]
    ) -> Iterator[tuple[int, Response | NoResponse] | None]:
        from feedhub import door

        secrets = session.secrets
        limits = door.Limits(
            user_agent=f"feedhub/{__version__} (+{contact})",
            allow=frozenset(pair.lower() for pair in network.allow),
            deadline=network.deadline.total_seconds(),
            max_body=network.max_body,
            per_host=network.per_host,
            connections=network.connections,
            proxy=network.proxy and secrets.reveal(network.proxy),
        )
        return _with_secrets(list(requests), secrets, lambda known: door.visit(known, limits, may_start))

    return visit


def _with_secrets(
    requests: list[Request],
    secrets: Secrets,
    visit: Callable[[list[Request]], Iterator[tuple[int, Response | NoResponse] | None]],
) -> Iterator[tuple[int, Response | NoResponse] | None]:
    known, unknown = [], {}
    for place, request in enumerate(requests):
        try:
            known.append(_revealed(request, secrets))
        except UsageError as error:
            unknown[place] = NoResponse(str(error))
            known.append(replace(request, url=""))
    for answer in visit(known):
        if answer is None:
            yield None
        else:
            place = answer[0]
            yield place, unknown.get(place) or _hidden(answer[1], requests[place], secrets)


def _revealed(request: Request, secrets: Secrets) -> Request:
    """Return a request with our secrets in it. Of headers only the one for them: validators are the publisher's."""
    if "$" in request.url:
        request = replace(request, url=secrets.reveal(request.url))
    if any(name == _AUTHORIZATION for name, _ in request.headers):
        headers = (
            (name, secrets.reveal_in_header(value) if name == _AUTHORIZATION else value)
            for name, value in request.headers
        )
        request = replace(request, headers=tuple(headers))
    return request


def _hidden(answer: Response | NoResponse, request: Request, secrets: Secrets) -> Response | NoResponse:
    """Return an answer with $NAMEs for our secrets; one that stands there already is the publisher's, and no name."""
    if isinstance(answer, NoResponse):
        return NoResponse(secrets.hide(answer.reason))
    address, link = request.url, answer.headers.get("link", "")
    if not secrets.values and "$" not in f"{answer.url}{answer.moved_to}{link}":
        return answer
    moved_to = answer.moved_to and secrets.hide(answer.moved_to.replace("$", "%24"), address)
    url = secrets.hide(answer.url.replace("$", "%24"), address)
    body = secrets.hide_in(answer.body, address)
    for name, value in request.headers:
        body = secrets.hide_of_header(body, value) if name == _AUTHORIZATION else body
    # Where the next page is: it may have the secrets of the first one's address in it.
    headers = {**answer.headers, "link": secrets.hide(link.replace("$", "%24"), address)} if link else answer.headers
    return replace(answer, url=url, moved_to=moved_to, headers=headers, body=body)
