"""Files that came with a message are fetched from the provider when somebody asks."""

from __future__ import annotations

from tests.rooms.inbox.files import CONTENT, a_file_of_theirs
from tests.sandboxes import sandbox_server, settings_for


def test_a_file_is_given_as_it_is_and_never_shown_in_place(make_stage):
    with sandbox_server() as server:
        stage = make_stage(settings=settings_for(server))
        message_id, file_id = a_file_of_theirs(stage)

        answer = stage.alice.get(f"/inbox/messages/{message_id}/attachments/{file_id}")

        assert (answer.status_code, answer.data) == (200, CONTENT)
        assert answer.headers["Content-Disposition"] == 'attachment; filename="offer.pdf"'
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert stage.alice.get(f"/inbox/messages/{message_id}/attachments/another").status_code == 404
