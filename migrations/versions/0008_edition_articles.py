"""The WeChat articles of editions: their drafts, who let them go, what WeChat said of it.

Revision 0008, after 0007.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0008'
down_revision: str | Sequence[str] | None = '0007'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('edition_articles',
    sa.Column('edition_id', sa.BigInteger(), nullable=False),
    sa.Column('media_id', sa.Text(), nullable=False),
    sa.Column('drafted_by', sa.Text(), nullable=False),
    sa.Column('drafted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_by', sa.Text(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('job', sa.Text(), nullable=False),
    sa.Column('problem', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('tagged', sa.Integer(), nullable=True),
    sa.Column('filtered', sa.Integer(), nullable=True),
    sa.Column('reached', sa.Integer(), nullable=True),
    sa.Column('failed', sa.Integer(), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['edition_id'], ['editions.id'], name=op.f('fk_edition_articles_edition_id_editions')),
    sa.PrimaryKeyConstraint('edition_id', name=op.f('pk_edition_articles'))
    )


def downgrade() -> None:
    op.drop_table('edition_articles')
