"""Imports as they cross the API."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from rapport.kernel.schema import (
    EXAMPLE_ID,
    EXAMPLE_INSTANT,
    Body,
    Flag,
    Shown,
    id_field,
    shown_id,
    shown_instant,
    text_field,
    word_field,
)
from rapport.leads.importing.sniffing import DELIMITERS
from rapport.leads.models import ImportState, LeadSource

_APIS = ("classic", "sales_navigator", "recruiter")
_PARAMETER_TYPES = (
    *("LOCATION", "PEOPLE", "COMPANY", "SCHOOL", "INDUSTRY", "SERVICE", "JOB_FUNCTION", "JOB_TITLE"),
    *("EMPLOYMENT_TYPE", "SKILL"),
)


class UploadQuery(Body):
    """Whose file it is, and what it is called."""

    client_id = id_field(required=True)
    name = text_field(200, load_default=None, metadata={"description": "Default: the file's own name."})


class ImportChange(Body):
    """How a file is to be read, before it is."""

    name = text_field(200)
    mapping = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 140)),
        values=fields.String(allow_none=True, validate=validate.Length(1, 60)),
        metadata={
            "description": "Column → a field of a lead, `tags`, `custom.<name>`, or null to leave it out. "
            "Columns that are not named stay as they are."
        },
    )
    tags = fields.List(text_field(60), validate=validate.Length(0, 20))
    overwrite = Flag(metadata={"description": "Replace what is known of a lead, except what an operator said."})
    has_header = Flag(metadata={"description": "Whether the first row names the columns."})
    delimiter = fields.String(validate=validate.OneOf(DELIMITERS))
    sheet = text_field(200)
    example: ClassVar = {"mapping": {"Segment": "custom.segment", "Internal no.": None}, "tags": ["fair 2026"]}


class SearchByParametersIn(Body):
    """A search by parameters; ids for the filters come from the look-up of search parameters."""

    api = fields.String(required=True, validate=validate.OneOf(_APIS))
    filters = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 60)),
        required=True,
        metadata={"description": "`keywords`, `location`, `company`, `industry` and whatever else the API takes."},
    )


class SearchImportIn(Body):
    """Leads from LinkedIn: a search by address or by parameters, or the account's own connections."""

    client_id = id_field(required=True)
    account_id = id_field(required=True)
    source = fields.String(
        required=True, validate=validate.OneOf([LeadSource.SEARCH.value, LeadSource.CONNECTIONS.value])
    )
    name = text_field(200, load_default=None, allow_none=True)
    url = fields.String(
        load_default=None,
        allow_none=True,
        validate=[validate.Length(1, 4000), validate.Regexp(r"^https://(www\.)?linkedin\.com/\S+$")],
        metadata={"description": "A people search as the browser shows it."},
    )
    parameters = fields.Nested(SearchByParametersIn, load_default=None, allow_none=True)
    tags = fields.List(text_field(60), validate=validate.Length(0, 20), load_default=list)
    overwrite = Flag(load_default=False)
    example: ClassVar = {
        "client_id": EXAMPLE_ID,
        "account_id": EXAMPLE_ID,
        "source": "search",
        "url": "https://www.linkedin.com/search/results/people/?keywords=cto",
        "tags": ["cto"],
    }

    @validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        given = [name for name in ("url", "parameters") if data.get(name) is not None]
        if data.get("source") == LeadSource.CONNECTIONS.value and given:
            raise ValidationError("Connections take no search.", given[0])
        if data.get("source") == LeadSource.SEARCH.value and len(given) != 1:
            raise ValidationError("Give either url or parameters.", "url")


class ParameterQuery(Body):
    """What is looked for."""

    account_id = id_field(required=True)
    type = fields.String(required=True, validate=validate.OneOf(_PARAMETER_TYPES))
    keywords = text_field(200, required=True)


class SearchParameterOut(Shown):
    id = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)


class SearchParametersOut(Shown):
    """Ids that a search's filters take."""

    items = fields.List(fields.Nested(SearchParameterOut), required=True)
    example: ClassVar = {"items": [{"id": "103035651", "title": "Berlin, Germany"}]}


class ImportOut(Shown):
    """An import."""

    id = shown_id()
    client_id = shown_id()
    source = word_field(LeadSource, required=True)
    name = fields.String(required=True)
    state = word_field(ImportState, required=True)
    format = fields.Dict(required=True, metadata={"description": "What was found out about the file."})
    mapping = fields.Dict(required=True)
    options = fields.Dict(required=True)
    size_bytes = fields.Integer(required=True)
    has_file = fields.Boolean(required=True)
    rows_total = fields.Integer(required=True, allow_none=True)
    rows_done = fields.Integer(required=True)
    rows_created = fields.Integer(required=True)
    rows_updated = fields.Integer(required=True)
    rows_unchanged = fields.Integer(required=True)
    rows_bad = fields.Integer(required=True)
    percent = fields.Integer(required=True, allow_none=True)
    job_id = shown_id(allow_none=True)
    error = fields.String(required=True, allow_none=True)
    created_by = shown_id(allow_none=True)
    created_at = shown_instant()
    finished_at = shown_instant(allow_none=True)
    version = fields.Integer(required=True)
    example: ClassVar = {
        "id": EXAMPLE_ID,
        "client_id": EXAMPLE_ID,
        "source": "import",
        "name": "fair.csv",
        "state": "running",
        "format": {
            "kind": "csv",
            "encoding": "utf-8",
            "delimiter": ",",
            "has_header": True,
            "columns": ["Name", "Email"],
            "warnings": [],
        },
        "mapping": {"Name": "full_name", "Email": "email"},
        "options": {"tags": ["fair 2026"], "overwrite": False},
        "size_bytes": 52_100,
        "has_file": True,
        "rows_total": None,
        "rows_done": 500,
        "rows_created": 480,
        "rows_updated": 12,
        "rows_unchanged": 3,
        "rows_bad": 5,
        "percent": 42,
        "job_id": EXAMPLE_ID,
        "error": None,
        "created_by": EXAMPLE_ID,
        "created_at": EXAMPLE_INSTANT,
        "finished_at": None,
        "version": 3,
    }


class ImportProblemOut(Shown):
    """A row that was not taken."""

    row = fields.Integer(required=True, metadata={"description": "As editors and spreadsheets count, from 1."})
    column = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    value = fields.String(required=True, allow_none=True)
    example: ClassVar = {"row": 17, "column": "Email", "reason": "Is no email address.", "value": "ada at acme"}


class ImportPreviewPerson(Shown):
    fields_ = fields.Dict(required=True, data_key="fields")
    identities = fields.Dict(required=True)
    custom = fields.Dict(required=True)
    tags = fields.List(fields.String(), required=True)


class ImportPreviewRow(Shown):
    row = fields.Integer(required=True)
    person = fields.Nested(ImportPreviewPerson, required=True, allow_none=True)
    problem = fields.Nested(ImportProblemOut, required=True, allow_none=True)


class ImportPreviewOut(Shown):
    """The first rows as they would be taken; nothing was written."""

    mapping = fields.Dict(required=True)
    warnings = fields.List(fields.String(), required=True)
    rows = fields.List(fields.Nested(ImportPreviewRow), required=True)
    sample_rows = fields.Integer(required=True, metadata={"description": "Rows that were looked at."})
    sample_good = fields.Integer(required=True)
    sample_bad = fields.Integer(required=True)
    sample_known = fields.Integer(required=True, metadata={"description": "Good rows whose person is a lead already."})
    example: ClassVar = {
        "mapping": {"Name": "full_name", "Email": "email"},
        "warnings": [],
        "rows": [
            {
                "row": 2,
                "person": {
                    "fields": {"first_name": "Ada", "last_name": "Lovelace"},
                    "identities": {"email": "ada@acme.example"},
                    "custom": {},
                    "tags": [],
                },
                "problem": None,
            },
            {"row": 17, "person": None, "problem": ImportProblemOut.example},
        ],
        "sample_rows": 200,
        "sample_good": 199,
        "sample_bad": 1,
        "sample_known": 3,
    }
