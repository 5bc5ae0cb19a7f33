"""The calls about people: profiles, invitations, relations, posts and search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapport.outside.unipile import records
from rapport.outside.unipile.acceptance import Write
from rapport.outside.unipile.calls import Calls
from rapport.ports.outcomes import KindUnavailable, LeadEffect, Outcome, Refused, WriteKind
from rapport.ports.unipile import ReadError
from rapport.ports.unipile_records import SearchByUrl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rapport.ports.unipile_records import (
        Company,
        InmailBalance,
        OwnProfile,
        Page,
        Post,
        Profile,
        Relation,
        SearchByParameters,
        SearchPage,
        SearchParameter,
        SentInvitation,
    )

_VISIT = Write("GET", "/users/{id}?notify", WriteKind.VISIT, "UserProfile", promised="provider_id")
_INVITE = Write("POST", "/users/invite", WriteKind.INVITE, "UserInvitationSent", promised="invitation_id")
_WITHDRAW = Write("DELETE", "/users/invite/sent/{id}", WriteKind.WITHDRAW, "InvitationCanceled")
_FOLLOW = Write("POST", "/users/follow", WriteKind.FOLLOW, "UserFollowed")
_REACT = Write("POST", "/posts/reaction", WriteKind.REACT, "ReactionAdded")

_NOT_PEOPLE = frozenset({"me", "invite", "relations", "follow"})
"""Names of routes under `/users`: the profile of a lead called "me" would be our own."""


class People(Calls):
    def own_profile(self, account_id: str) -> OwnProfile:
        return self._reads.get("/users/me", ["users", "me"], make=records.own_profile, query={"account_id": account_id})

    def profile(self, identifier: str, *, account_id: str, sections: Sequence[str] = ()) -> Profile:
        if identifier in _NOT_PEOPLE:
            raise ReadError("invalid_identifier", retryable=False)
        return self._reads.get(
            "/users/{id}",
            ["users", identifier],
            make=records.profile,
            query={"account_id": account_id, "linkedin_sections": ",".join(sections) or None},
        )

    def visit(self, identifier: str, *, account_id: str) -> Outcome:
        # A GET by name, a write by effect: the person sees it, so it is counted, and never repeated.
        if identifier in _NOT_PEOPLE:
            return Refused("invalid_identifier", LeadEffect.FAILS)
        return self._writes.send(_VISIT, ["users", identifier], query={"account_id": account_id, "notify": True})

    def invite(self, provider_id: str, *, account_id: str, note: str | None) -> Outcome:
        body = {"provider_id": provider_id, "account_id": account_id}
        return self._writes.send(_INVITE, ["users", "invite"], json=body if note is None else {**body, "message": note})

    def sent_invitations(self, account_id: str, *, limit: int, cursor: str | None = None) -> Page[SentInvitation]:
        return self._reads.get(
            "/users/invite/sent",
            ["users", "invite", "sent"],
            make=records.page_of(records.sent_invitation),
            query={"account_id": account_id, "limit": limit, "cursor": cursor},
        )

    def withdraw_invitation(self, invitation_id: str, *, account_id: str) -> Outcome:
        return self._writes.send(
            _WITHDRAW, ["users", "invite", "sent", invitation_id], query={"account_id": account_id}
        )

    def relations(self, account_id: str, *, limit: int, cursor: str | None = None) -> Page[Relation]:
        return self._reads.get(
            "/users/relations",
            ["users", "relations"],
            make=records.page_of(records.relation),
            query={"account_id": account_id, "limit": limit, "cursor": cursor},
        )

    def follow(self, provider_id: str, *, account_id: str) -> Outcome:
        if not self._options.can_follow:
            return Refused("feature_not_offered", LeadEffect.FAILS, KindUnavailable(WriteKind.FOLLOW))
        return self._writes.send(_FOLLOW, ["users", "follow"], json={"account_id": account_id, "user_id": provider_id})

    def posts(self, identifier: str, *, account_id: str, limit: int, cursor: str | None = None) -> Page[Post]:
        return self._reads.get(
            "/users/{id}/posts",
            ["users", identifier, "posts"],
            make=records.page_of(records.post),
            query={"account_id": account_id, "limit": limit, "cursor": cursor},
        )

    def react(self, social_id: str, *, account_id: str, reaction: str) -> Outcome:
        return self._writes.send(
            _REACT,
            ["posts", "reaction"],
            json={"account_id": account_id, "post_id": social_id, "reaction_type": reaction},
        )

    def search(
        self,
        query: SearchByUrl | SearchByParameters,
        *,
        account_id: str,
        limit: int,
        cursor: str | None = None,
    ) -> SearchPage:
        if isinstance(query, SearchByUrl):
            asked = {"url": query.url}
        else:
            asked = {**query.filters, "api": query.api, "category": query.category}
        return self._reads.ask(
            "/linkedin/search",
            ["linkedin", "search"],
            make=records.search_page,
            json=asked,
            query={"account_id": account_id, "limit": limit, "cursor": cursor},
        )

    def search_parameters(
        self, type_: str, *, account_id: str, keywords: str, limit: int
    ) -> tuple[SearchParameter, ...]:
        return self._reads.get(
            "/linkedin/search/parameters",
            ["linkedin", "search", "parameters"],
            make=records.search_parameters,
            query={"account_id": account_id, "type": type_, "keywords": keywords, "limit": limit},
        )

    def company(self, identifier: str, *, account_id: str) -> Company:
        return self._reads.get(
            "/linkedin/company/{id}",
            ["linkedin", "company", identifier],
            make=records.company,
            query={"account_id": account_id},
        )

    def inmail_balance(self, account_id: str) -> InmailBalance:
        return self._reads.get(
            "/linkedin/inmail_balance",
            ["linkedin", "inmail_balance"],
            make=records.inmail_balance,
            query={"account_id": account_id},
        )
