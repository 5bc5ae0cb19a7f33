"""The search of conversations as a filter. Both databases find the same, for both index the same tokens."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Boolean, ColumnElement, String, TypeDecorator, bindparam, literal_column, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from rapport.kernel.tx import Reading
from rapport.rules.search_words import Asked, asked

_NOTHING = "w-"
"""A token that nothing has."""


class _Looked(TypeDecorator[str]):
    """The type of all that a conversation is found by: to be equal to a text means to hold its words."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        if value is None:
            return None
        found = asked(value)
        words = found.words if found is not None else (_NOTHING,)
        beginning = found.beginning if found is not None else None
        if dialect.name == "postgresql":
            return " & ".join([*(f"'{each}'" for each in words), *([f"'{beginning}':*"] if beginning else [])])
        return " AND ".join([*(f'"{each}"' for each in words), *([f'"{beginning}"*'] if beginning else [])])

    def process_literal_param(self, value: str | None, dialect: Any) -> str:
        """Tokens are plain letters and digits, so nothing in them could end the literal."""
        return self.process_bind_param(value, dialect) or ""

    class comparator_factory(TypeDecorator.Comparator[Any]):  # noqa: N801 - the name SQLAlchemy looks for
        def operate(self, _op: Any, *other: Any, **_: Any) -> Any:
            # Written into the statement: PostgreSQL's plan for a rare word is not that for a common one.
            return _Holds(other[0].render_literal_execute())


class _LookedOneByOne(_Looked):
    """The same, for words that so many conversations hold that the first ones of the list are found by looking."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """As pieces of the words between spaces: ' whole ' and ' begun'."""
        if value is None or dialect.name == "postgresql":
            return super().process_bind_param(value, dialect)
        found = asked(value) or Asked((_NOTHING,), None)
        begun = [f" {found.beginning}"] if found.beginning is not None else []
        return json.dumps([*(f" {each} " for each in found.words), *begun])

    class comparator_factory(TypeDecorator.Comparator[Any]):  # noqa: N801 - the name SQLAlchemy looks for
        def operate(self, _op: Any, *other: Any, **_: Any) -> Any:
            return _HoldsItself(other[0])


class _Holds(FunctionElement[bool]):
    """Whether the conversation of the row holds the words. Its table is that of the row, which is held to a scope."""

    type = Boolean()
    inherit_cache = True
    name = "holds"


class _HoldsItself(_Holds):
    """The same, asked of one conversation after the other."""

    inherit_cache = True
    name = "holds_itself"


_POSTGRESQL = (
    "EXISTS (SELECT 1 FROM conversation_words WHERE conversation_words.conversation_id = conversation.id"
    " AND array_to_tsvector(string_to_array(conversation_words.words, ' ')) @@ CAST(%s AS tsquery))"
)
_SQLITE = (
    "conversation.id IN (SELECT conversation_words.conversation_id FROM conversation_words_fts"
    " JOIN conversation_words ON conversation_words.number = conversation_words_fts.rowid"
    " WHERE conversation_words_fts MATCH %s)"
)


_SQLITE_ONE_BY_ONE = (
    "EXISTS (SELECT 1 FROM conversation_words WHERE conversation_words.conversation_id = conversation.id"
    " AND NOT EXISTS (SELECT 1 FROM json_each(%s) AS sought"
    " WHERE instr(' ' || conversation_words.words || ' ', sought.value) = 0))"
)


@compiles(_Holds, "postgresql")
def _on_postgresql(element: _Holds, compiler: Any, **more: Any) -> str:
    return _POSTGRESQL % compiler.process(element.clauses, **more)


@compiles(_Holds, "sqlite")
def _on_sqlite(element: _Holds, compiler: Any, **more: Any) -> str:
    return _SQLITE % compiler.process(element.clauses, **more)


@compiles(_HoldsItself, "sqlite")
def _one_by_one_on_sqlite(element: _HoldsItself, compiler: Any, **more: Any) -> str:
    return _SQLITE_ONE_BY_ONE % compiler.process(element.clauses, **more)


SEARCH: ColumnElement[Any] = literal_column("'q'", _Looked())
SEARCH_ONE_BY_ONE: ColumnElement[Any] = literal_column("'q'", _LookedOneByOne())
MANY = 2000
"""So many conversations hold common words: then it is quicker to go through the list than to gather them all."""
_HOW_MANY = text(
    "SELECT count(*) FROM (SELECT 1 FROM conversation_words_fts WHERE conversation_words_fts MATCH :asked LIMIT :most)"
).bindparams(bindparam("asked", type_=_Looked()))


def are_common(reading: Reading, asked_text: str) -> bool:
    """Whether so many conversations hold these words that they are better found by going through the list.

    PostgreSQL decides by itself, from what it knows of how common words are.
    """
    if reading.session.connection().dialect.name == "postgresql":
        return False
    return int(reading.rows(_HOW_MANY, asked=asked_text, most=MANY).scalar_one()) >= MANY
