"""Which column of somebody's file is which field of a lead, guessed from its header or from what stands in it.

Headers are compared without case, marks, accents or spacing, in the languages that exports come in.
Example: "Prénom", "First Name" and "vorname" are all `first_name`; a column full of profile addresses is
`profile_url` whatever it is called.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from rapport.rules import identity
from rapport.rules.lead_fields import KNOWN, MOST_CUSTOM, custom_name
from rapport.rules.names import without_hidden

TAGS = "tags"
CUSTOM = "custom."
TARGETS = frozenset({*KNOWN, TAGS})
"""What a column may be beside a custom field."""
_LONGEST_HEADER = 120
_MOSTLY = 0.8

_WORDS: Mapping[str, str] = {
    "first_name": "first name, firstname, given name, forename, vorname, prénom, nombre, nome, voornaam, förnamn, "
    "fornavn, etunimi, imię, jméno, keresztnév, prenume, имя, 名, 名字, 이름, primer nombre",
    "last_name": "last name, lastname, surname, family name, nachname, familienname, nom, nom de famille, apellido, "
    "apellidos, cognome, sobrenome, achternaam, efternamn, efternavn, etternavn, sukunimi, nazwisko, příjmení, "
    "vezetéknév, фамилия, 姓, 성",
    "full_name": "full name, fullname, name, contact, contact name, lead name, person, vollständiger name, "
    "nom complet, nombre completo, nome completo, volledige naam, naam, namn, navn, 姓名, 氏名, fio, фио",
    "headline": "headline, linkedin headline, tagline, bio, slogan, überschrift, titre du profil, titular",
    "title": "title, job title, jobtitle, position, role, occupation, job, current position, function, titel, "
    "berufsbezeichnung, stelle, funktion, poste, fonction, intitulé du poste, cargo, puesto, ruolo, qualifica, "
    "functie, stanowisko, должность, 职位, 役職, 직책",
    "company": "company, company name, organization, organisation, employer, account, account name, current company, "
    "firma, unternehmen, firmenname, arbeitgeber, entreprise, société, empresa, compañía, azienda, società, bedrijf, "
    "bedrijfsnaam, företag, virksomhed, selskap, yritys, компания, 公司, 会社, 회사",
    "location": "location, city, region, address, place, ort, stadt, standort, wohnort, lieu, ville, localisation, "
    "ubicación, ciudad, localidade, cidade, luogo, città, locatie, plaats, stad, sijainti, miasto, lokalizacja, "
    "город, 地点, 所在地",
    "timezone": "timezone, time zone, tz, zeitzone, fuseau horaire, zona horaria, fuso orario, tijdzone",
    "email": "email, e-mail, email address, e-mail address, mail, work email, business email, email 1, e-mail-adresse, "
    "adresse e-mail, courriel, correo, correo electrónico, indirizzo email, e-mailadres, e-post, sähköposti, "
    "adres e-mail, почта, 邮箱, メール, 이메일",
    "phone": "phone, phone number, telephone, mobile, mobile phone, cell, tel, telefon, telefonnummer, handy, mobil, "
    "téléphone, portable, teléfono, móvil, telefono, cellulare, telefone, telefoonnummer, puhelin, телефон, 电话, 電話",
    "website": "website, web site, url, homepage, company website, web, domain, webseite, site web, sitio web, "
    "página web, sito web, sito, site, сайт, 网站",
    "profile_url": "linkedin, linkedin url, linkedin profile, linkedin profile url, profile url, profileurl, profile, "
    "person linkedin url, linkedin link, linkedin profil, profil linkedin, profil, url linkedin, perfil de linkedin, "
    "perfil, profilo linkedin, linkedin profiel, member profile url, public profile url, linkedinprofile, "
    "sales navigator url, default profile url",
    "public_identifier": "public identifier, publicidentifier, public id, vanity name, linkedin username, "
    "linkedin handle",
    "provider_id": "provider id, providerid, linkedin provider id, vmid, linkedin urn",
    "member_id": "member id, memberid, linkedin member id, linkedin id, objecturn, member urn",
    TAGS: "tags, tag, labels, label, lists, schlagwörter, schlagworte, étiquettes, etiquetas, etichette, метки",
}


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", without_hidden(text)).casefold()
    return "".join(character for character in plain if character.isalnum())


_FIELD_OF = {_folded(word): field for field, words in _WORDS.items() for word in words.split(", ")}


def field_of(header: str) -> str | None:
    """The field a header names."""
    return _FIELD_OF.get(_folded(header))


def names_of(headers: Sequence[str]) -> list[str]:
    """A name for each column that no other has: an empty header is its number, a second "Email" is "Email (2)"."""
    taken: set[str] = set()
    names: list[str] = []
    for number, header in enumerate(headers, 1):
        plain = " ".join(without_hidden(header).split())[:_LONGEST_HEADER] or f"Column {number}"
        name, times = plain, 1
        while name in taken:
            times += 1
            name = f"{plain} ({times})"
        taken.add(name)
        names.append(name)
    return names


def has_header(first: Sequence[str]) -> bool:
    """Whether a file's first row names its columns: unless it names a person itself, it does."""
    if any(field_of(cell) for cell in first):
        return True
    return not any(_names_somebody(cell) for cell in first)


def guess(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str | None]:
    """What each column is: a field, `tags`, `custom.<name>`, or None for one that is left out.

    A field goes to the first column that names it. What nothing is known of becomes a custom field, as far as a lead
    may have them.
    """
    found: list[str | None] = [None] * len(headers)
    taken: set[str] = set()
    second: set[int] = set()
    for number, header in enumerate(headers):
        field = field_of(header)
        if field is None:
            continue
        if field in taken:
            second.add(number)
        else:
            found[number] = field
            taken.add(field)
    for number in range(len(headers)):
        field = None if found[number] else _field_within([row[number] for row in rows if number < len(row)])
        if field is not None and field not in taken:
            found[number] = field
            taken.add(field)
            second.discard(number)
    return _with_custom(headers, found, second)


def _with_custom(headers: Sequence[str], found: list[str | None], left_out: set[int]) -> list[str | None]:
    customs: set[str] = set()
    for number, header in enumerate(headers):
        if found[number] is None and number not in left_out and len(customs) < MOST_CUSTOM:
            name = custom_name(header)
            if name not in customs and name not in KNOWN:
                customs.add(name)
                found[number] = f"{CUSTOM}{name}"
    return found


def _field_within(cells: Sequence[str]) -> str | None:
    """What most of a column's cells are."""
    filled = [cell for cell in cells if cell.strip()]
    if not filled:
        return None
    emails = sum(identity.email(cell) is not None for cell in filled)
    profiles = sum("linkedin." in cell.lower() and identity.profile(cell) is not None for cell in filled)
    for count, field in ((emails, identity.EMAIL), (profiles, "profile_url")):
        if count >= _MOSTLY * len(filled):
            return field
    return None


def _names_somebody(cell: str) -> bool:
    return identity.email(cell) is not None or ("linkedin." in cell.lower() and identity.profile(cell) is not None)
