"""Short codes: made from ids by a keyed permutation, or chosen by a person."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from unicodedata import category, normalize

from waypost.domain.errors import CodesExhausted, InvalidCode, ReservedCode

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CODE_LENGTH: Final = 7
CODE_SPACE: Final = len(ALPHABET) ** CODE_LENGTH
"""How many codes there are; the ids that have one are 0 to CODE_SPACE - 1."""

_PAIRS: Final = [first + second for first in ALPHABET for second in ALPHABET]
"""Two letters at a time."""
_DIGITS: Final = {letter: value for value, letter in enumerate(ALPHABET)}
# The smallest even number of bits that holds CODE_SPACE, in two halves. A permuted
# number beyond CODE_SPACE is permuted again, 1.25 times on average.
_HALF_BITS: Final = 21
_HALF_MASK: Final = (1 << _HALF_BITS) - 1
_HALF_BYTES: Final = 3
_ROUNDS: Final = 8

MAX_CODE: Final = 128
"""Characters of a code that a person chooses."""

_NARROW_CODE: Final = re.compile(r"[0-9A-Za-z]{3,20}")
_ASCII_CODE: Final = re.compile(rf"(?!\.)[0-9A-Za-z._~-]{{1,{MAX_CODE}}}")
_MARKS: Final = "-._~"

# First path segments that the product's own pages use or plausibly will, and those that
# browsers and proxies ask for. Words that make good codes (blog, demo) are left free.
_RESERVED_WORDS: Final = """
    about abuse account accounts admin allocate analytics api apikeys apis assets audit
    auth authorize billing browserconfig bulk
    callback campaigns captcha cdn click clicks code codes config console create css
    dashboard debug delete docs domains edit error errors export
    favicon fonts forgot health healthcheck healthy healthz help
    icons images import index invite invites ip js json jwks
    key keys link links live livez login logo logout logs
    manifest me metrics new null oauth oidc openapi organization organizations
    password ping preview previews privacy profile
    qr qrcode ready readyz redirect redirects redoc register report reports reset robots
    root rules
    saml scim search security server session sessions settings setup shorten shortener
    signin signout signup sitemap sso static stats statistics status style styles
    support swagger system
    tags teams terms token tokens tos undefined unlock unsubscribe upload uploads url
    urls user username users
    verify version versions waypost webhook webhooks workspace workspaces www
    """
RESERVED_CODES: Final = frozenset(_RESERVED_WORDS.split())
"""Words, in lower case, that never become a code in any mixture of cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdBlock:
    """The ids from `start` to `end`, both included, for one process to use."""

    start: int
    end: int

    def __post_init__(self) -> None:
        """Refuse a block without ids."""
        assert 1 <= self.start <= self.end, f"no such block: {self.start}-{self.end}"

    def __len__(self) -> int:
        return self.end - self.start + 1


class CodePermutation:
    """Turns ids into codes and back, one to one, in an order that *key* hides.

    A balanced Feistel network: with any round function it is a permutation.
    """

    def __init__(self, key: bytes) -> None:
        assert len(key) >= 16, "a key of less than 16 bytes can be guessed"
        # Hashed first, because BLAKE2b itself takes keys of up to 64 bytes only.
        secret = blake2b(key, person=b"waypost codes").digest()
        # Copying a keyed state spares hashing the key again: half of the time.
        self._rounds = [
            blake2b(key=secret, digest_size=_HALF_BYTES, person=bytes([number])).copy
            for number in range(_ROUNDS)
        ]

    def code_of(self, number: int) -> str:
        """Return the code of the id *number*: always CODE_LENGTH characters.

        Raises:
            CodesExhausted: The id is outside of 0 to CODE_SPACE - 1.
        """
        if not 0 <= number < CODE_SPACE:
            raise CodesExhausted
        number = self._permuted(number)
        while number >= CODE_SPACE:
            number = self._permuted(number)
        return _encoded(number)

    def id_of(self, code: str) -> int:
        """Return the id whose code is *code*.

        Raises:
            ValueError: No id has such a code.
        """
        number = self._restored(_decoded(code))
        while number >= CODE_SPACE:
            number = self._restored(number)
        return number

    def _permuted(self, number: int) -> int:
        left, right = number >> _HALF_BITS, number & _HALF_MASK
        # As `_mixed`, written out: a call for each round takes a quarter of the time.
        number_of = int.from_bytes
        for keyed in self._rounds:
            state = keyed()
            state.update(right.to_bytes(_HALF_BYTES, "big"))
            left, right = right, left ^ number_of(state.digest(), "big") & _HALF_MASK
        return left << _HALF_BITS | right

    def _restored(self, number: int) -> int:
        left, right = number >> _HALF_BITS, number & _HALF_MASK
        for keyed in reversed(self._rounds):
            left, right = right ^ _mixed(keyed, left), left
        return left << _HALF_BITS | right


def _mixed(keyed: Callable[[], blake2b], half: int) -> int:
    state = keyed()
    state.update(half.to_bytes(_HALF_BYTES, "big"))
    return int.from_bytes(state.digest(), "big") & _HALF_MASK


def _encoded(number: int) -> str:
    number, last = divmod(number, len(_PAIRS))
    number, third = divmod(number, len(_PAIRS))
    first, second = divmod(number, len(_PAIRS))
    return ALPHABET[first] + _PAIRS[second] + _PAIRS[third] + _PAIRS[last]


def _decoded(code: str) -> int:
    if len(code) != CODE_LENGTH or not _DIGITS.keys() >= set(code):
        raise ValueError("a generated code has 7 letters or digits")
    number = 0
    for letter in code:
        number = number * len(ALPHABET) + _DIGITS[letter]
    return number


def check_custom_code(code: str, *, is_unicode_allowed: bool = False) -> str:
    """Return *code* in the form in which it is stored, if a person may choose it.

    That is 1 to 128 letters, digits, `-`, `_`, `.` and `~`: what a URL shows as it is
    typed. Letters and digits of every script are taken if *is_unicode_allowed*, in
    the composed form (NFC) that keyboards and browsers send.

    Raises:
        InvalidCode: It is not such a code.
        ReservedCode: The product needs this word for itself.
    """
    form = normalize("NFC", code)
    if not may_be_code(form) or not (is_unicode_allowed or form.isascii()):
        raise InvalidCode(_UNICODE_RULE if is_unicode_allowed else _ASCII_RULE)
    if is_reserved(form):
        raise ReservedCode
    return form


def check_narrow_code(code: str) -> str:
    """Return *code* if `POST /api/shorten` takes it.

    Raises:
        InvalidCode: It is not 3 to 20 ASCII letters or digits.
        ReservedCode: The product needs this word for itself.
    """
    if not _NARROW_CODE.fullmatch(code):
        raise InvalidCode(_NARROW_RULE)
    if is_reserved(code):
        raise ReservedCode
    return code


def is_reserved(word: str) -> bool:
    """Return whether *word* is kept for the product's own pages.

    So are files of such a name: `robots.txt`, `favicon.ico`.
    """
    return word.lower().partition(".")[0] in RESERVED_CODES


def may_be_code(text: str) -> bool:
    """Return whether a path segment could be a code at all, of any origin."""
    if text.isascii():
        return _ASCII_CODE.fullmatch(text) is not None
    return len(text) <= MAX_CODE and text[0] != "." and all(map(_is_of_code, text))


def parse_code(text: str) -> str | None:
    """Return the code that a path asks for with *text*, in the form that is stored.

    None: no code can look like that.
    """
    if not text.isascii():
        text = normalize("NFC", text)
    return text if may_be_code(text) else None


def _is_of_code(letter: str) -> bool:
    # Letters, digits, and what is set on letters, of every script (UAX 44, 5.7.1).
    return letter in _MARKS or category(letter)[0] in "LMN"


_NARROW_RULE: Final = "A custom code has 3 to 20 letters or digits, and nothing else."
_ASCII_RULE: Final = (
    f"A code has 1 to {MAX_CODE} letters, digits, - _ . or ~, and does not begin with "
    "a dot."
)
_UNICODE_RULE: Final = _ASCII_RULE.replace("letters", "letters of any script")
