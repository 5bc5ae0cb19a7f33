"""The search of conversations as a filter. Both databases find the same, for both index the same tokens."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, String, TypeDecorator, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from rapport.rules.search_words import asked

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

    class comparator_factory(TypeDecorator.Comparator[Any]):  # noqa: N801 - the name SQLAlchemy looks for
        def operate(self, _op: Any, *other: Any, **_: Any) -> Any:
            return _Holds(other[0])


class _Holds(FunctionElement[bool]):
    """Whether the conversation of the row holds the words. Its table is that of the row, which is held to a scope."""

    type = Boolean()
    inherit_cache = True
    name = "holds"


_POSTGRESQL = (
    "EXISTS (SELECT 1 FROM conversation_words WHERE conversation_words.conversation_id = conversation.id"
    " AND array_to_tsvector(string_to_array(conversation_words.words, ' ')) @@ CAST(%s AS tsquery))"
)
_SQLITE = (
    "conversation.id IN (SELECT conversation_words.conversation_id FROM conversation_words_fts"
    " JOIN conversation_words ON conversation_words.number = conversation_words_fts.rowid"
    " WHERE conversation_words_fts MATCH %s)"
)


@compiles(_Holds, "postgresql")
def _on_postgresql(element: _Holds, compiler: Any, **more: Any) -> str:
    return _POSTGRESQL % compiler.process(element.clauses, **more)


@compiles(_Holds, "sqlite")
def _on_sqlite(element: _Holds, compiler: Any, **more: Any) -> str:
    return _SQLITE % compiler.process(element.clauses, **more)


SEARCH: ColumnElement[Any] = literal_column("'q'", _Looked())
