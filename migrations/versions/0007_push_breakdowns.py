"""The figures of a push's audience, counted once.

Revision 0007, after 0006. Those of pushes from before are counted when somebody looks at them.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0007'
down_revision: str | Sequence[str] | None = '0006'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('push_breakdowns',
    sa.Column('push_id', sa.BigInteger(), nullable=False),
    sa.Column('channels', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('places', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('types', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('told_lately', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['push_id'], ['pushes.id'], name=op.f('fk_push_breakdowns_push_id_pushes'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('push_id', name=op.f('pk_push_breakdowns'))
    )


def downgrade() -> None:
    op.drop_table('push_breakdowns')
