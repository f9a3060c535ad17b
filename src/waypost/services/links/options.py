"""Options of a link as they are stored: checked, and in one form."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from waypost.domain.errors import InvalidRules, InvalidTarget
from waypost.domain.judging.findings import Findings
from waypost.domain.options import NO_OPTIONS, LinkOptions, check_options, conflicts
from waypost.domain.verdict import check_location
from waypost.domain.wrong.codes import FieldCode
from waypost.domain.wrong.values import WrongValue
from waypost.services.links.context import LinkContext
from waypost.wire.link_options import encode_options

MAX_BYTES: Final = 32 * 1024
"""Of the rules and variants of a link, as JSON: all processes hold them in memory."""


def checked(
    options: LinkOptions,
    *,
    target: str,
    context: LinkContext,
    was: LinkOptions = NO_OPTIONS,
) -> LinkOptions:
    """Return *options* of a link with *target* as they are stored.

    *was* is what the link had before: its rules were checked, maybe by a newer release.

    Raises:
        InvalidTarget: `expired_url` is refused; a subclass says why, and names it.
        InvalidRules: Rules or variants are wrong; `wrong` says which.
        OptionConflict: They contradict each other, or do not fit to *target*.
    """
    if options is NO_OPTIONS:
        return options
    check_options(options)
    if (options.rules, options.variants) != (was.rules, was.variants):
        options = _targeted(options, context)
    check_location(target, options)
    if options.expired_url is None:
        return options
    try:
        expired_url = context.new_target(options.expired_url)
    except InvalidTarget as error:
        raise type(error)(f"expired_url: {error}") from None
    return replace(options, expired_url=expired_url)


def wrong_options(
    options: LinkOptions,
    *,
    target: str | None,
    context: LinkContext,
    was: LinkOptions = NO_OPTIONS,
) -> Sequence[WrongValue]:
    """Return all for which `checked` refuses *options*; of any target without one."""
    found = Findings()
    found.add(conflicts(options))
    if (options.rules, options.variants) != (was.rules, was.variants):
        found.look("rules", partial(_targeted, options, context))
    expired_url = options.expired_url
    if expired_url is not None:
        found.look("expired_url", partial(context.new_target, expired_url))
    if target is not None and not found.found:
        found.look("utm", partial(check_location, target, options))
    return found.found


def _targeted(options: LinkOptions, context: LinkContext) -> LinkOptions:
    """Return *options* with rules and variants that were read."""
    # Few links have any; others do not load what reads them.
    from waypost.domain.targeting.reading import (
        Reading,
        rule_object,
        variant_object,
    )

    reading = Reading(now=context.clock.now(), target=context.new_target)
    rules = reading.rules(options.rules)
    variants = reading.variants(options.variants)
    if reading.problems.found:
        raise InvalidRules(reading.problems.found)
    new = replace(
        options,
        rules=tuple(map(rule_object, rules)),
        variants=tuple(map(variant_object, variants)),
    )
    alone = LinkOptions(rules=new.rules, variants=new.variants)
    if len(encode_options(alone)) > MAX_BYTES:
        detail = f"Rules and variants have at most {MAX_BYTES // 1024} KiB together."
        raise InvalidRules([WrongValue(("rules",), FieldCode.TOO_LARGE.value, detail)])
    return new
