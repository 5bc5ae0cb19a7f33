"""Keys and seals: what one secret gives, and what a wrong one does not open."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.kernel.crypto import Keys, WrongKeyError, load_keys, new_token, token_hash
from rapport.kernel.settings import SettingsError, read_settings

KEYS = Keys("a root that is long enough to be one")


@given(st.binary(max_size=2000), st.text(min_size=1, max_size=20))
def test_what_is_sealed_opens_again_and_does_not_show(secret, purpose):
    sealed = KEYS.seal(secret, purpose=purpose)

    assert KEYS.open(sealed, purpose=purpose) == secret
    assert len(secret) < 4 or secret not in sealed
    assert KEYS.seal(secret, purpose=purpose) != sealed


@given(st.data())
def test_a_seal_bent_anywhere_does_not_open(data):
    sealed = bytearray(KEYS.seal(b"a secret", purpose="test"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(WrongKeyError):
        KEYS.open(bytes(sealed), purpose="test")


@pytest.mark.parametrize("cut", [0, 1, 7, 11, 12, 13, 27])
def test_a_seal_cut_short_does_not_open(cut):
    with pytest.raises(WrongKeyError):
        KEYS.open(KEYS.seal(b"", purpose="test")[:cut], purpose="test")


def test_a_seal_opens_for_its_purpose_and_under_its_root_only():
    sealed = KEYS.seal(b"a secret", purpose="unipile")

    for keys, purpose in ((KEYS, "webhook"), (Keys("another root, as long as the first"), "unipile")):
        with pytest.raises(WrongKeyError, match=purpose) as refused:
            keys.open(sealed, purpose=purpose)
        assert "a secret" not in str(refused.value)


def test_the_root_before_opens_what_it_sealed_until_that_is_sealed_anew_and_seals_nothing_itself():
    new = Keys("the root that replaces the first one", "a root that is long enough to be one")
    alone = Keys("the root that replaces the first one")
    sealed = KEYS.seal(b"a secret", purpose="unipile")

    assert new.open(sealed, purpose="unipile") == b"a secret"
    renewed = new.renewed(sealed, purpose="unipile")
    assert renewed is not None
    assert alone.open(renewed, purpose="unipile") == b"a secret"
    assert new.renewed(renewed, purpose="unipile") is None
    assert alone.renewed(renewed, purpose="unipile") is None
    assert alone.open(new.seal(b"another", purpose="unipile"), purpose="unipile") == b"another"
    for keys in (new, alone):
        with pytest.raises(WrongKeyError):
            keys.open(sealed, purpose="webhook")
    with pytest.raises(WrongKeyError):
        new.renewed(Keys("a root that nobody knows any more, ever").seal(b"", purpose="x"), purpose="x")


def test_each_purpose_has_a_key_of_its_own_and_always_the_same():
    purposes = ["access-token", "cursor", "seal", "chance", ""]

    assert len({KEYS.key(purpose) for purpose in purposes}) == len(purposes)
    assert [Keys("a root that is long enough to be one").key(p) for p in purposes] == [KEYS.key(p) for p in purposes]


def test_tokens_are_long_random_and_say_what_they_are():
    tokens = {new_token("rk") for _ in range(1000)}

    assert len(tokens) == 1000
    assert all(token.startswith("rk_") and len(token) == 46 for token in tokens)
    assert len({token_hash(token) for token in tokens}) == 1000


def test_a_root_is_made_once_for_its_owner_only_however_many_start_at_once(tmp_path):
    settings = read_settings({"RAPPORT_HOME": str(tmp_path)}, None)
    barrier = Barrier(8)

    def start(_n: int) -> bytes:
        barrier.wait(10)
        return load_keys(settings).key("x")

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(start, range(8)))

    assert keys == {load_keys(settings).key("x")}
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_an_empty_key_file_is_refused_rather_than_taken_for_a_key(tmp_path):
    (tmp_path / "secret.key").write_text("\n")

    with pytest.raises(SettingsError, match=r"secret\.key"):
        load_keys(read_settings({"RAPPORT_HOME": str(tmp_path)}, None))
