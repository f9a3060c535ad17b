"""`python -m scripts.reference` writes every generated page anew."""

from scripts.reference.pages import GENERATED, ROOT


def main() -> None:
    """Write the pages that differ from what the code says."""
    for path, rendered in GENERATED.items():
        text = rendered()
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
