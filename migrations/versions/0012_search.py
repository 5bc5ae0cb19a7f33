"""Search: the words of every conversation, in each database's own index of words

What happens to running processes: what they record meanwhile is not found before its conversation gets another
message. The words of what was there are gathered here, conversation by conversation.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from rapport.rules.search_words import words

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_AT_ONCE = 500
_FTS = (
    (
        "CREATE VIRTUAL TABLE conversation_words_fts USING fts5(words, content='conversation_words',"
        " content_rowid='number', tokenize='ascii', detail='none', columnsize=0)"
    ),
    (
        "CREATE TRIGGER conversation_words_added AFTER INSERT ON conversation_words BEGIN"
        " INSERT INTO conversation_words_fts(rowid, words) VALUES (new.number, new.words); END"
    ),
    (
        "CREATE TRIGGER conversation_words_gone AFTER DELETE ON conversation_words BEGIN"
        " INSERT INTO conversation_words_fts(conversation_words_fts, rowid, words)"
        " VALUES ('delete', old.number, old.words); END"
    ),
    (
        "CREATE TRIGGER conversation_words_changed AFTER UPDATE ON conversation_words BEGIN"
        " INSERT INTO conversation_words_fts(conversation_words_fts, rowid, words)"
        " VALUES ('delete', old.number, old.words);"
        " INSERT INTO conversation_words_fts(rowid, words) VALUES (new.number, new.words); END"
    ),
)


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def upgrade() -> None:
    op.create_table(
        "conversation_words",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_conversation_words_client_id_client")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_conversation_words_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_conversation_words")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_conversation_words_conversation_id")),
    )
    if _on_postgresql():
        op.execute(
            "CREATE INDEX ix_conversation_words_lexemes ON conversation_words"
            " USING gin (array_to_tsvector(string_to_array(words, ' '))) WITH (fastupdate = off)"
        )
    else:
        for statement in _FTS:
            op.execute(statement)
    _gather()


def _gather() -> None:
    """The words of every conversation that is there."""
    connection = op.get_bind()
    after = ""
    while True:
        threads = connection.execute(
            sa.text("SELECT id, client_id, subject FROM conversation WHERE id > :after ORDER BY id LIMIT :most"),
            {"after": after, "most": _AT_ONCE},
        ).all()
        if not threads:
            return
        after = threads[-1].id
        texts: dict[str, list[str | None]] = {each.id: [each.subject] for each in threads}
        between = {"first": threads[0].id, "last": after}
        said = connection.execute(
            sa.text(
                "SELECT conversation_id, text, subject, author_name FROM message"
                " WHERE conversation_id BETWEEN :first AND :last AND deleted_at IS NULL"
            ),
            between,
        )
        for row in said:
            texts[row.conversation_id] += row[1:]
        names = connection.execute(
            sa.text("SELECT conversation_id, name FROM participant WHERE conversation_id BETWEEN :first AND :last"),
            between,
        )
        for row in names:
            texts[row.conversation_id].append(row.name)
        connection.execute(
            sa.text("INSERT INTO conversation_words (conversation_id, client_id, words) VALUES (:id, :client, :words)"),
            [
                {
                    "id": each.id,
                    "client": each.client_id,
                    "words": " ".join(sorted({word for text in texts[each.id] if text for word in words(text)})),
                }
                for each in threads
            ],
        )


def downgrade() -> None:
    if not _on_postgresql():
        op.execute("DROP TABLE conversation_words_fts")
    op.drop_table("conversation_words")
