"""`python -m scripts.vectors` writes the cases anew that a program writes."""

from scripts.vectors.visits import FILE, file_text


def main() -> None:
    """Write the file."""
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(file_text(), "utf-8")


if __name__ == "__main__":
    main()
