"""Seeds that failed once are kept with a word on what they found."""

import pytest

from tests.proof.seeds import kept


def test_the_kept_seeds_can_be_read():
    assert all(isinstance(seed, int) for seed in kept())


def test_seeds_are_read_in_order_past_comments_and_blank_lines(tmp_path):
    path = tmp_path / "seeds.txt"
    path.write_text("# words\n\n42  # two effects after a kill\n7 # midnight\n")

    assert kept(path) == [42, 7]


def test_a_seed_must_say_what_it_found(tmp_path):
    path = tmp_path / "seeds.txt"
    path.write_text("42\n")

    with pytest.raises(ValueError, match="does not say what it found"):
        kept(path)
