"""The world in Unipile's words: accounts, profiles, relations, invitations. One function a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapport_sandbox.clock import iso
from rapport_sandbox.world.cultures import SCHOOLS, SKILLS

if TYPE_CHECKING:
    from rapport_sandbox.unipile.desk import Desk
    from rapport_sandbox.world.account import Account, Invitation
    from rapport_sandbox.world.people import Company, Person
    from rapport_sandbox.world.world import World

Shape = dict[str, object]

SECTIONS = ("experience", "education", "languages", "skills", "certifications", "about")


def account(one: Account) -> Shape:
    shape: Shape = {
        "object": "Account",
        "id": one.id,
        "name": one.owner.name,
        "type": "LINKEDIN",
        "created_at": iso(one.created_at),
        "connection_params": {
            "im": {
                "id": one.owner.provider_id,
                "username": one.owner.name,
                "premiumContractId": None,
            }
        },
        "sources": [{"id": f"{one.id}_MESSAGING", "status": one.status}],
        "groups": [],
        "signatures": [],
    }
    if one.features:
        shape["connection_params"]["im"]["premiumFeatures"] = list(one.features)  # type: ignore[index]
    return shape


def owner(one: Account) -> Shape:
    """`users/me`."""
    person = one.owner
    return {
        "object": "AccountOwnerProfile",
        "provider": "LINKEDIN",
        "provider_id": person.provider_id,
        "entity_urn": f"urn:li:fsd_profile:{person.provider_id}",
        "object_urn": person.member_urn,
        "first_name": person.first_name or "",
        "last_name": person.last_name or "",
        "profile_picture_url": None,
        "public_profile_url": person.profile_url,
        "public_identifier": person.public_identifier or person.provider_id,
        "headline": person.headline,
        "location": person.location or "",
        "email": person.email or f"owner.{person.number}@example.com",
        "premium": bool(one.features),
        "open_profile": person.is_open_profile,
        "occupation": person.headline,
        "recruiter": _seat(one, "recruiter"),
        "sales_navigator": _seat(one, "sales_navigator"),
        "organizations": [],
    }


def profile(world: World, viewer: Account, person: Person, sections: tuple[str, ...]) -> Shape:
    """A profile as this account sees it."""
    related = person.number in viewer.relations
    shape: Shape = {
        "object": "UserProfile",
        "provider": "LINKEDIN",
        "provider_id": person.provider_id,
        "public_identifier": person.public_identifier,
        "member_urn": person.member_urn,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "headline": person.headline,
        "primary_locale": {"country": person.country, "language": person.language},
        "websites": [],
        "is_open_profile": person.is_open_profile,
        "can_send_inmail": person.is_open_profile or viewer.inmail_credits > 0,
        "is_premium": person.is_premium,
        "is_influencer": False,
        "is_creator": False,
        "is_relationship": related,
        "is_self": person.number == viewer.owner.number,
        "follower_count": person.connections * 2,
        "connections_count": person.connections,
        "shared_connections_count": person.number % 17,
        "public_profile_url": person.profile_url,
        "profile_picture_url": f"https://media.example.com/{person.provider_id}.jpg",
    }
    if person.location is not None:
        shape["location"] = person.location
    if person.number != viewer.owner.number:
        shape["network_distance"] = distance(viewer, person)
    invitation = viewer.last_invitation.get(person.number)
    if invitation is not None and invitation.outcome != "ACCEPTED":
        shape["invitation"] = {"type": "SENT", "status": invitation.outcome}
    if related and person.email is not None:
        shape["contact_info"] = {"emails": [person.email], "phones": []}
    for section in sections:
        shape.update(_section(world, person, section))
    return shape


def distance(viewer: Account, person: Person) -> str:
    if person.number in viewer.relations:
        return "FIRST_DEGREE"
    return ("SECOND_DEGREE", "THIRD_DEGREE", "SECOND_DEGREE", "OUT_OF_NETWORK")[person.number % 4]


def short_distance(viewer: Account, person: Person) -> str:
    """The same in the words of search results and chat attendees."""
    return {
        "FIRST_DEGREE": "DISTANCE_1",
        "SECOND_DEGREE": "DISTANCE_2",
        "THIRD_DEGREE": "DISTANCE_3",
        "OUT_OF_NETWORK": "OUT_OF_NETWORK",
    }[distance(viewer, person)]


def relation(world: World, viewer: Account, person: Person, since: float) -> Shape:
    switches, chance = world.switches, world.chance
    numeric = chance.happens(switches.relation_member_id_numeric, "member-id", viewer.id, person.number)
    shape: Shape = {
        "object": "UserRelation",
        "first_name": person.first_name or "",
        "last_name": person.last_name or "",
        "headline": person.headline,
        "public_identifier": person.public_identifier or person.provider_id,
        "public_profile_url": person.profile_url,
        "created_at": int(since * 1000),
        "member_id": person.member_id if numeric else person.provider_id,
        "member_urn": person.member_urn,
        "connection_urn": f"urn:li:fsd_connection:{person.provider_id}",
    }
    if chance.happens(switches.relation_without_public_identifier, "relation-public", viewer.id, person.number):
        del shape["public_identifier"]
    if chance.happens(switches.relation_bare, "relation-bare", viewer.id, person.number):
        for name in ("public_identifier", "public_profile_url", "member_urn", "connection_urn"):
            shape.pop(name, None)
    return shape


def invitation(world: World, viewer: Account, one: Invitation) -> Shape:
    person = world.people[one.person]
    return {
        "object": "InvitationSent",
        "id": one.id,
        "invited_user": person.name,
        "invited_user_id": person.provider_id,
        "invited_user_public_id": person.public_identifier,
        "invited_user_description": person.headline,
        "date": "Sent recently",
        "parsed_datetime": iso(one.sent_at),
        "invitation_text": one.note,
        "inviter": {
            "inviter_name": viewer.owner.name,
            "inviter_id": viewer.owner.provider_id,
            "inviter_public_identifier": viewer.owner.public_identifier or "",
            "inviter_description": viewer.owner.headline,
        },
        "specifics": {"provider": "LINKEDIN", "shared_secret": world.chance.token(8, "shared", one.id)},
    }


def company(one: Company) -> Shape:
    may = (
        "canMembersInviteToFollow canReadContentSuggestions canReadMessages canUpdateOrganizationProfile "
        "canCreateOrganicShare canReadAdminDashboard canReadOrganizationActivity canEditCurators "
        "canManageOrganizationalPageFollow canReadOrganizationFollowerAnalytics canInviteMemberToFollow "
        "canReadOrganizationLeadsAnalytics canEditPendingAdministrators canManageMessagingAccess "
        "canSeeEmployeeExperienceAsMember canEmployeesInviteToFollow canSeeOrganizationAdministrativePage"
    )
    return {
        "object": "CompanyProfile",
        "id": one.id,
        "name": one.name,
        "entity_urn": f"urn:li:fsd_company:{one.id}",
        "public_identifier": one.public_identifier,
        "profile_url": f"https://www.linkedin.com/company/{one.public_identifier}/",
        "description": f"{one.name} works in {one.industry}.",
        "followers_count": 100 + one.number * 7,
        "is_following": False,
        "is_employee": False,
        "messaging": {"is_enabled": False},
        "default_locale": "en_US",
        "viewer_permissions": dict.fromkeys(may.split(), False),
        "organization_type": "PRIVATELY_HELD",
        "locations": [{"is_headquarter": True, "country": "NL", "city": "Amsterdam", "street": []}],
        "industry": [one.industry],
        "employee_count": 10 + one.number * 3,
        "website": f"https://{one.public_identifier}.example.com",
    }


def attendee(desk: Desk, viewer: Account, person: Person) -> Shape:
    """A person as an attendee of the account's chats."""
    return {
        "object": "ChatAttendee",
        "id": desk.attendee_id(viewer, person),
        "account_id": viewer.id,
        "provider_id": person.provider_id,
        "name": person.name,
        "is_self": int(person.number == viewer.owner.number),
        "hidden": 0,
        "profile_url": person.profile_url,
        "specifics": {
            "provider": "LINKEDIN",
            "member_urn": person.member_urn,
            "occupation": person.headline,
            "network_distance": short_distance(viewer, person),
            "pending_invitation": viewer.pending_with(person.number) is not None,
        },
    }


def _seat(one: Account, feature: str) -> Shape | None:
    if feature not in one.features:
        return None
    return {"owner_seat_id": f"{one.owner.member_id}-seat", "contract_id": f"{one.owner.member_id}-contract"}


def _section(world: World, person: Person, section: str) -> Shape:
    if section == "experience":
        employer = world.people.company(person.company)
        return {
            "work_experience": [
                {
                    "position": person.title,
                    "company_id": employer.id,
                    "company": employer.name,
                    "current": True,
                    "start": "3/1/2021",
                    "end": None,
                }
            ]
        }
    if section == "education":
        school = SCHOOLS[person.number % len(SCHOOLS)]
        return {"education": [{"school": school, "degree": "MSc", "start": "9/1/2008", "end": "6/1/2013"}]}
    if section == "skills":
        skill = SKILLS[person.number % len(SKILLS)]
        return {"skills": [{"name": skill, "endorsement_count": person.number % 50}]}
    if section == "languages":
        return {"languages": [{"name": person.language, "proficiency": "Native"}]}
    if section == "certifications":
        return {"certifications": []}
    return {"summary": f"{person.title} in {person.location or 'the world'}."}
