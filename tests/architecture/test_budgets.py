"""Files, functions and folders stay small enough to be read in one go."""

from collections import Counter
from statistics import median

from tests.architecture.project import ROOT, body_lines, own_modules, product_modules

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
MEDIAN_FILE = range(40, 131)
MEDIAN_FUNCTION = 10
LARGEST_FOLDER = 12


def test_no_file_is_too_long() -> None:
    """No Python file of the project has more than 400 lines."""
    too_long = {
        module.name: module.lines
        for module in own_modules()
        if module.lines > LONGEST_FILE
    }
    assert too_long == {}


def test_the_usual_file_has_one_purpose() -> None:
    """Half of the product's files have 40 to 130 lines, markers of packages aside."""
    lengths = [
        module.lines
        for module in product_modules()
        if module.path.name != "__init__.py"
    ]
    assert round(median(lengths)) in MEDIAN_FILE


def test_no_function_is_too_long() -> None:
    """No function of the product has more than 40 lines, its docstring aside."""
    too_long = {
        f"{module.name}:{function.lineno} {function.name}": body_lines(function)
        for module in product_modules()
        for function in module.functions()
        if body_lines(function) > LONGEST_FUNCTION
    }
    assert too_long == {}


def test_the_usual_function_is_its_own_explanation() -> None:
    """Half of the product's functions have at most 10 lines."""
    lengths = [
        body_lines(function)
        for module in product_modules()
        for function in module.functions()
    ]
    assert median(lengths) <= MEDIAN_FUNCTION


def test_no_folder_is_too_large() -> None:
    """No folder has more than a dozen modules, markers of packages aside.

    Migrations are no part of this: their number is that of the schema's changes.
    """
    sizes = Counter(
        module.path.parent.relative_to(ROOT).as_posix()
        for module in own_modules()
        if module.path.name != "__init__.py"
        if module.path.parent.name != "versions"
    )
    too_large = {
        folder: size for folder, size in sizes.items() if size > LARGEST_FOLDER
    }
    assert too_large == {}
