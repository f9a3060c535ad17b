"""Bounds of rules and variants."""

from typing import Final

MAX_RULES: Final = 100
MAX_CONDITIONS: Final = 20
"""Of a rule, on all levels together."""
MAX_LEVELS: Final = 3
"""Of conditions in conditions."""
MAX_VALUES: Final = 100
"""Of a condition."""
MAX_TEXT: Final = 255
"""Characters of a value."""
MAX_VARIANTS: Final = 10
MAX_SHARE: Final = 100
"""In per cent: what the weights of all variants may be together."""
MAX_NAME: Final = 64
"""Characters of the name of a rule or variant."""
