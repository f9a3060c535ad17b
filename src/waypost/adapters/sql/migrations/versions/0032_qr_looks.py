"""How the QR codes of a domain look, and the logo in them."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, value in (("color", "#000000"), ("level", "M")):
        op.add_column(
            "domains",
            sa.Column(f"qr_{name}", sa.Text, nullable=False, server_default=value),
        )
    # Null: transparent.
    op.add_column(
        "domains",
        sa.Column("qr_background", sa.Text, nullable=True, server_default="#ffffff"),
    )
    op.add_column(
        "domains",
        sa.Column("qr_margin", sa.Integer, nullable=False, server_default="4"),
    )
    # The logo, and what is read of it with every domain.
    for name, kind in (
        ("qr_logo", sa.Text),
        ("qr_logo_sha256", sa.Text),
        ("qr_logo_length", sa.Integer),
    ):
        op.add_column("domains", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for name in (
        "qr_logo_length",
        "qr_logo_sha256",
        "qr_logo",
        "qr_margin",
        "qr_background",
        "qr_level",
        "qr_color",
    ):
        op.drop_column("domains", name)
