"""Codes: one to one with ids, the same for ever, and what people may choose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.domain.codes import (
    ALPHABET,
    CODE_LENGTH,
    CODE_SPACE,
    RESERVED_CODES,
    CodePermutation,
    IdBlock,
    check_custom_code,
    check_narrow_code,
    is_reserved,
    may_be_code,
)
from waypost.domain.errors import CodesExhausted, InvalidCode, ReservedCode

KEY = b"a key that pins the golden codes"
ids = st.integers(0, CODE_SPACE - 1)
keys = st.binary(min_size=16, max_size=100)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (0, "pBup97G"),
        (1, "zDzhN79"),
        (2, "5Q6Lnah"),
        (1_000, "0VT7VFC"),
        (999_999_999, "C1L3NXa"),
        (CODE_SPACE - 1, "qmBAUgI"),
    ],
)
def test_golden_codes(number: int, code: str) -> None:
    """A key gives the same codes in every release; otherwise ids would clash."""
    assert code == CodePermutation(KEY).code_of(number)


@given(key=keys, number=ids)
def test_id_survives_the_round_trip(key: bytes, number: int) -> None:
    """Every id comes back from its code, so no two ids share one."""
    permutation = CodePermutation(key)
    assert number == permutation.id_of(permutation.code_of(number))


def test_a_number_just_beyond_the_codes_is_permuted_again() -> None:
    """With this key the id's first permutation is CODE_SPACE, which has no code."""
    permutation = CodePermutation(b"a key for the edge of codes 1")
    assert permutation.code_of(813_196_225_209) == "LSz337t"
    assert permutation.id_of("LSz337t") == 813_196_225_209


@given(code=st.text(ALPHABET, min_size=CODE_LENGTH, max_size=CODE_LENGTH))
def test_code_survives_the_round_trip(code: str) -> None:
    """Every code of seven characters is the code of some id."""
    permutation = CodePermutation(KEY)
    assert code == permutation.code_of(permutation.id_of(code))


@given(number=ids)
def test_codes_have_one_length(number: int) -> None:
    """A code is always seven letters or digits, and it may be looked up."""
    code = CodePermutation(KEY).code_of(number)
    assert len(code) == CODE_LENGTH
    assert set(code) <= set(ALPHABET)
    assert may_be_code(code)


def test_neighbours_do_not_look_alike() -> None:
    """Consecutive ids share no visible order: links cannot be enumerated."""
    permutation = CodePermutation(KEY)
    codes = [permutation.code_of(number) for number in range(1, 1_001)]
    assert len(set(codes)) == 1_000
    assert codes != sorted(codes)
    assert len({code[0] for code in codes}) > 50


def test_keys_give_different_codes() -> None:
    """Without the key the codes cannot be computed."""
    mine, other = CodePermutation(KEY), CodePermutation(KEY + b"!")
    assert all(mine.code_of(number) != other.code_of(number) for number in range(100))


@pytest.mark.parametrize("number", [-1, CODE_SPACE, CODE_SPACE * 1_000])
def test_ids_beyond_the_space_have_no_code(number: int) -> None:
    """An id without a code is refused instead of repeating another id's code."""
    with pytest.raises(CodesExhausted):
        CodePermutation(KEY).code_of(number)


@pytest.mark.parametrize("code", ["", "abc", "abcdefgh", "abc-efg", "äbcdefg"])
def test_foreign_codes_have_no_id(code: str) -> None:
    """A code that was not generated is not taken for an id."""
    with pytest.raises(ValueError, match="7 letters or digits"):
        CodePermutation(KEY).id_of(code)


def test_short_keys_are_refused() -> None:
    """A key that could be guessed does not start the product."""
    with pytest.raises(AssertionError):
        CodePermutation(b"15 bytes long..")


def test_block_counts_both_ends() -> None:
    """A block from 1001 to 2000 has a thousand ids."""
    assert len(IdBlock(start=1_001, end=2_000)) == 1_000


@pytest.mark.parametrize(("start", "end"), [(0, 5), (-1, 5), (6, 5)])
def test_impossible_blocks_are_refused(start: int, end: int) -> None:
    """A block has ids, and they are positive."""
    with pytest.raises(AssertionError):
        IdBlock(start=start, end=end)


@pytest.mark.parametrize("code", ["abc", "A1z", "0" * 20, "Spring2025"])
def test_narrow_codes_people_may_choose(code: str) -> None:
    """Three to twenty letters or digits are taken everywhere, kept as they are."""
    assert code == check_narrow_code(code) == check_custom_code(code)


@pytest.mark.parametrize(
    "code",
    ["", "ab", "0" * 21, "a b", "a-b", "a_b", "abc\n", "äöü", "a/b", "٣٤٥", "a\x00b"],
)
def test_narrow_codes_of_the_wrong_form(code: str) -> None:
    """Anything but three to twenty ASCII letters or digits is refused."""
    with pytest.raises(InvalidCode):
        check_narrow_code(code)


@pytest.mark.parametrize("code", ["a", "0" * 128, "a-b_c.d~e", "v1.0", "-", "~"])
def test_custom_codes_people_may_choose(code: str) -> None:
    """What a URL shows as it is typed is a code, kept as it is."""
    assert code == check_custom_code(code)
    assert may_be_code(code)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "0" * 129,
        "a b",
        ".",
        "..",
        ".a",
        "abc\n",
        "äöü",
        "a/b",
        "a%b",
        "a+b",
        "a\0b",
    ],
)
def test_custom_codes_of_the_wrong_form(code: str) -> None:
    """What would have to be written otherwise in a URL is refused."""
    with pytest.raises(InvalidCode):
        check_custom_code(code)


@pytest.mark.parametrize("code", ["äöü", "日本", "हिन्दी", "ß.1", "٣٤٥", "é" * 128])
def test_codes_of_other_scripts(code: str) -> None:
    """Letters of every script are taken where the server allows it."""
    assert code == check_custom_code(code, is_unicode_allowed=True)
    assert may_be_code(code)
    with pytest.raises(InvalidCode):
        check_custom_code(code)


def test_letters_are_composed() -> None:
    """A letter and its accent are the one letter that others type."""
    assert check_custom_code("e\u0301", is_unicode_allowed=True) == "é"


@pytest.mark.parametrize("code", ["☃", "a\u200bb", "a\u202eb", "é" * 129, ".é", "é é"])
def test_what_is_no_letter(code: str) -> None:
    """Signs and invisible characters are refused everywhere."""
    with pytest.raises(InvalidCode):
        check_custom_code(code, is_unicode_allowed=True)
    assert not may_be_code(code)


@pytest.mark.parametrize(
    "code", ["api", "API", "Health", "docs", "robots.txt", "api.v2"]
)
def test_reserved_words_are_no_codes(code: str) -> None:
    """No link can hide one of the product's own pages."""
    assert is_reserved(code)
    with pytest.raises(ReservedCode):
        check_custom_code(code)


def test_reserved_words_are_no_narrow_codes() -> None:
    """The narrow rule keeps the same words."""
    with pytest.raises(ReservedCode):
        check_narrow_code("Health")


def test_reserved_words_are_written_in_lower_case() -> None:
    """A reserved word with a capital letter would never be recognised."""
    assert {word.lower() for word in RESERVED_CODES} == RESERVED_CODES


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("abc", True),
        ("a-b_C9", True),
        ("x" * 128, True),
        ("a.b~c", True),
        ("ä", True),
        ("", False),
        ("x" * 129, False),
        (".well-known", False),
        ("a/b", False),
        ("abc\n", False),
        ("☃", False),
        ("%61", False),
    ],
)
def test_what_may_be_a_code(text: str, possible: bool) -> None:  # noqa: FBT001  # a row of the table
    """What cannot be a code is not looked up."""
    assert possible == may_be_code(text)
