"""What staff answered to an inquiry, sealed.

Revision 0006, after 0005.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0006'
down_revision: str | Sequence[str] | None = '0005'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('inquiries', sa.Column('answer', sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column('inquiries', 'answer')
