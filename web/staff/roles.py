"""Who among staff may open what: one table, and whatever isn't in it is open to nobody."""

from enum import StrEnum


class Role(StrEnum):
    """What a member of staff answers for."""

    EDITOR = "editor"
    RELEASER = "releaser"
    SERVICE = "service"
    ADMIN = "admin"


ROLE_LABELS = {
    Role.EDITOR: "编辑",
    Role.RELEASER: "发布",
    Role.SERVICE: "客服",
    Role.ADMIN: "管理员",
}

EVERYONE = frozenset(Role)
_EDITOR = frozenset({Role.EDITOR})
_RELEASER = frozenset({Role.RELEASER})
_PLANNERS = _EDITOR | _RELEASER
_SERVICE = frozenset({Role.SERVICE})
_ADMIN = frozenset({Role.ADMIN})

OPEN_ROUTES = frozenset({("GET", "/staff/sign-in"), ("POST", "/staff/sign-in")})
"""What is answered before anybody has signed in."""

ROUTES: dict[tuple[str, str], frozenset[Role]] = {
    ("GET", "/staff"): EVERYONE,
    ("GET", "/staff/running"): EVERYONE,
    ("POST", "/staff/sign-out"): EVERYONE,
    ("GET", "/staff/password"): EVERYONE,
    ("POST", "/staff/password"): EVERYONE,
    ("GET", "/staff/policies"): EVERYONE,
    ("GET", "/staff/policies/new"): _EDITOR,
    ("POST", "/staff/policies/upload"): _EDITOR,
    ("POST", "/staff/policies/paste"): _EDITOR,
    ("GET", "/staff/policies/{policy_id}"): EVERYONE,
    ("POST", "/staff/policies/{policy_id}/read"): _EDITOR,
    ("GET", "/staff/targetings/{targeting_id}"): EVERYONE,
    ("GET", "/api/targetings/{targeting_id}/preview"): _PLANNERS,
    ("POST", "/api/targetings/{targeting_id}/preview"): _PLANNERS,
    ("POST", "/staff/targetings/{targeting_id}/basics"): _EDITOR,
    ("POST", "/staff/targetings/{targeting_id}/count"): _EDITOR,
    ("POST", "/staff/targetings/{targeting_id}/tree"): _EDITOR,
    ("GET", "/staff/targetings/{targeting_id}/condition"): _EDITOR,
    ("POST", "/staff/targetings/{targeting_id}/condition"): _EDITOR,
    ("POST", "/staff/targetings/{targeting_id}/confirm"): _EDITOR,
    ("POST", "/staff/targetings/{targeting_id}/revise"): _EDITOR,
    ("GET", "/staff/targetings/{targeting_id}/push"): _PLANNERS,
    ("POST", "/staff/targetings/{targeting_id}/push"): _PLANNERS,
    ("GET", "/staff/pushes"): EVERYONE,
    ("GET", "/staff/pushes/{push_id}"): EVERYONE,
    ("GET", "/staff/pushes/{push_id}/progress"): EVERYONE,
    ("POST", "/staff/pushes/{push_id}/approve"): _RELEASER,
    ("POST", "/staff/pushes/{push_id}/pause"): _RELEASER,
    ("POST", "/staff/pushes/{push_id}/resume"): _RELEASER,
    ("POST", "/staff/pushes/{push_id}/cancel"): _RELEASER,
    ("GET", "/staff/digests"): EVERYONE,
    ("POST", "/staff/digests"): _EDITOR,
    ("GET", "/staff/digests/{edition_id}"): EVERYONE,
    ("GET", "/staff/digests/{edition_id}/public"): EVERYONE,
    ("GET", "/staff/digests/{edition_id}/print"): EVERYONE,
    ("GET", "/staff/digests/{edition_id}/preview"): _PLANNERS,
    ("POST", "/staff/digests/{edition_id}/proof"): _PLANNERS,
    ("POST", "/staff/digests/{edition_id}/items/{policy_id}/move"): _EDITOR,
    ("POST", "/staff/digests/{edition_id}/items/{policy_id}/reword"): _EDITOR,
    ("POST", "/staff/digests/{edition_id}/items/{policy_id}/drop"): _EDITOR,
    ("POST", "/staff/digests/{edition_id}/items/{policy_id}/take-back"): _EDITOR,
    ("POST", "/staff/digests/{edition_id}/foreword"): _EDITOR,
    ("POST", "/staff/digests/{edition_id}/release"): _RELEASER,
    ("POST", "/staff/digests/{edition_id}/article"): _PLANNERS,
    ("POST", "/staff/digests/{edition_id}/article/preview"): _PLANNERS,
    ("POST", "/staff/digests/{edition_id}/article/send"): _RELEASER,
    ("GET", "/staff/schedule"): _PLANNERS | _ADMIN,
    ("POST", "/staff/schedule/{name}/run"): _RELEASER | _ADMIN,
    ("POST", "/staff/schedule/{name}/pause"): _RELEASER | _ADMIN,
    ("POST", "/staff/schedule/{name}/resume"): _RELEASER | _ADMIN,
    ("GET", "/staff/people"): _SERVICE,
    ("POST", "/staff/people"): _SERVICE,
    ("GET", "/staff/people/{subscriber_id}"): _SERVICE,
    ("GET", "/staff/people/{subscriber_id}/why"): _SERVICE,
    ("GET", "/staff/inquiries"): _SERVICE,
    ("POST", "/staff/inquiries/{inquiry_id}/answer"): _SERVICE,
    ("POST", "/staff/inquiries/{inquiry_id}/close"): _SERVICE,
    ("GET", "/staff/templates"): _PLANNERS | _ADMIN,
    ("GET", "/staff/templates/{slug}"): _PLANNERS | _ADMIN,
    ("GET", "/staff/templates/{slug}/look"): _PLANNERS | _ADMIN,
    ("POST", "/staff/templates/{slug}"): _EDITOR,
    ("POST", "/staff/templates/{slug}/look"): _EDITOR,
    ("POST", "/staff/templates/{slug}/restore"): _EDITOR,
    ("GET", "/staff/channels"): frozenset({Role.RELEASER, Role.ADMIN}),
    ("GET", "/staff/audit"): _ADMIN,
    ("GET", "/staff/accounts"): _ADMIN,
    ("POST", "/staff/accounts/{account_id}"): _ADMIN,
}


def may(roles: frozenset[Role], method: str, path: str) -> bool:
    """Whether one with `roles` may use the route whose template is `path`."""
    return not roles.isdisjoint(ROUTES.get((method, path), frozenset()))
