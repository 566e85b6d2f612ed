"""From the name of a route to the function that answers it, and from errors to one sentence with a status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from footnoted.assistant.errors import AssistantError, Forbidden
from footnoted.assistant.web.conversations import conversation_routes
from footnoted.assistant.web.conversations.conversations import ConversationNotFound
from footnoted.assistant.web.documents import document_routes, reading_routes
from footnoted.assistant.web.replies import Reply, as_text
from footnoted.index.errors import IndexingError, SourceNotFound

if TYPE_CHECKING:
    from footnoted.assistant.web.service import Service

# get_… and post_… of these modules: each takes the service, the user's key, and texts by name.
ROUTES = {
    name: route
    for module in (conversation_routes, document_routes, reading_routes)
    for name, route in vars(module).items()
    if re.fullmatch(r"(get|post)_[a-z]+", name)
}


def _text(value: object) -> str:
    """A value as text that can be stored and compared: half a surrogate pair, which JSON can carry, is none."""
    try:
        text = str(value)
    except (RecursionError, ValueError):  # lists in lists; a number of thousands of digits
        raise AssistantError("This cannot be understood.") from None
    return text.encode("utf-8", "replace").decode()


def respond(service: Service, method: str, action: str, user: str, values: Mapping[str, str]) -> Reply:
    """Call the route ``action`` with the values that it takes; errors become one sentence with a status."""
    route = ROUTES.get(f"{method.lower()}_{action}")
    if route is None:
        return as_text("There is no such page.", 404)
    if not user:
        return as_text("Open the chat's page first.", 401)
    takes = route.__code__.co_varnames[2 : route.__code__.co_argcount]
    try:
        return route(service, user, **{key: _text(values[key]) for key in takes if key in values})
    except (ConversationNotFound, SourceNotFound) as error:
        return as_text(str(error), 404)
    except Forbidden as error:
        return as_text(str(error), 403)
    except (AssistantError, IndexingError, OSError) as error:
        return as_text(str(error), 400)
