"""Options of a link as a JSON object: those that are set, and nothing else.

An option that this release does not know stays as it is, byte for byte, when the
object is read, changed and written again. A known one keeps its type for ever.

A release that does not know an option follows the link nevertheless. So a link with an
option that must hold (`_HELD`, `password`), or in quarantine, is written as disabled,
which every release with options knows, and says beside that whether it really is; the
quarantine says that itself. What takes off one of these marks knows what it stands for:
the password has a mark of its own, as there are releases that know `_HELD` only.

A value that older releases do not know has a name of its own, too (`_ALWAYS`), because
they could not read the link.
"""

from typing import Final, get_type_hints

import msgspec

from waypost.domain.options import (
    NO_OPTIONS,
    OPTION_NAMES,
    SETTABLE_NAMES,
    LinkOptions,
    Preview,
)
from waypost.wire.quarantine import decode_quarantine, encode_quarantine

EMPTY: Final = b"{}"
"""The object of a link on which nothing is set."""

_HELD: Final = ("max_clicks",)
"""Options that came after the first release with options, and restrict who passes."""
_FOR_OLDER: Final = "disabled_for_older"
"""Whether `disabled` is only for releases that do not know one of `_HELD`."""
_WITHOUT_PASSWORDS: Final = "disabled_without_passwords"
"""The same for those that do not know `password`."""
_ALWAYS: Final = "preview_always"
"""Whether `preview`, if it has its default, is `always`."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_HINTS: Final = get_type_hints(LinkOptions)
_DECODERS: Final = {
    name: msgspec.json.Decoder(_HINTS[name]).decode for name in SETTABLE_NAMES
}
_QUARANTINE: Final = "quarantine"
_TYPED_CODE: Final = "typed_code"
_decode_text = msgspec.json.Decoder(str).decode


def encode_options(options: LinkOptions) -> bytes:
    """Return the object of *options*."""
    if options is NO_OPTIONS:
        return EMPTY
    values: dict[str, object] = {}
    for name in SETTABLE_NAMES:
        value = getattr(options, name)
        if value != getattr(NO_OPTIONS, name):
            values[name] = value
    if options.typed_code is not None:
        values[_TYPED_CODE] = options.typed_code
    if options.quarantine is not None:
        values["disabled"] = True
        values[_QUARANTINE] = encode_quarantine(
            options.quarantine, is_off=options.disabled
        )
    if options.preview is Preview.ALWAYS:
        del values["preview"]
        values[_ALWAYS] = True
    if not options.disabled and (mark := _mark(options)):
        values |= {"disabled": True, mark: True}
    values |= {name: msgspec.Raw(text) for name, text in options.unknown.items()}
    return _encode(values)


def _mark(options: LinkOptions) -> str | None:
    """Return what says that the link is off for older releases only; None: nothing."""
    if options.password is not None:
        return _WITHOUT_PASSWORDS
    is_held = any(getattr(options, name) is not None for name in _HELD)
    return _FOR_OLDER if is_held else None


def decode_options(text: bytes | str | msgspec.Raw) -> LinkOptions:
    """Return the options of *text*.

    Raises:
        ValueError: It is not an object, or a known option has another type.
    """
    values = _decode(text)
    if not values:
        return NO_OPTIONS
    marks = [values.pop(mark, None) for mark in (_FOR_OLDER, _WITHOUT_PASSWORDS)]
    if any(mark is not None for mark in marks):
        values.pop("disabled", None)
    if values.pop(_ALWAYS, None) is not None:
        values.setdefault("preview", msgspec.Raw(_encode(Preview.ALWAYS)))
    known = {
        name: _DECODERS[name](value)
        for name, value in values.items()
        if name in _DECODERS
    }
    if (quarantine := values.get(_QUARANTINE)) is not None:
        known[_QUARANTINE], known["disabled"] = decode_quarantine(quarantine)
    if (typed_code := values.pop(_TYPED_CODE, None)) is not None:
        known[_TYPED_CODE] = _decode_text(typed_code)
    unknown = {
        name: bytes(value) for name, value in values.items() if name not in OPTION_NAMES
    }
    try:
        return LinkOptions(**known, unknown=unknown)
    except AssertionError as error:
        raise ValueError(str(error)) from None
