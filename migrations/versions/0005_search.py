"""The index of the library's words, and indexes that lists are read from.

Revision 0005, after 0004. Policies from before are indexed by `zhida db upgrade`.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0005'
down_revision: str | Sequence[str] | None = '0004'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NUMBERED = 'uq_policy_versions_policy_id_number'


def upgrade() -> None:
    op.create_table('search_blocks',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('documents', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_search_blocks'))
    )
    op.create_table('search_postings',
    sa.Column('block_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('word', sa.Text(collation='C'), nullable=False),
    sa.Column('versions', sa.LargeBinary(), nullable=False),
    sa.Column('impacts', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('block_id', 'word', name=op.f('pk_search_postings'))
    )
    # Numbers don't compress; trying costs more than reading them.
    for column in ('versions', 'impacts'):
        op.execute(f'ALTER TABLE search_postings ALTER COLUMN {column} SET STORAGE EXTERNAL')
    op.create_index('ix_policies_newest', 'policies', [sa.literal_column('published_date DESC NULLS LAST'), sa.literal_column('id DESC')], unique=False)
    op.create_index('ix_targetings_types', 'targetings', ['types'], unique=False, postgresql_using='gin')
    op.drop_constraint(NUMBERED, 'policy_versions', type_='unique')
    op.execute(f'ALTER TABLE policy_versions ADD CONSTRAINT {NUMBERED} UNIQUE (policy_id, number) INCLUDE (id)')


def downgrade() -> None:
    op.drop_constraint(NUMBERED, 'policy_versions', type_='unique')
    op.create_unique_constraint(NUMBERED, 'policy_versions', ['policy_id', 'number'])
    op.drop_index('ix_targetings_types', table_name='targetings', postgresql_using='gin')
    op.drop_index('ix_policies_newest', table_name='policies')
    op.drop_table('search_postings')
    op.drop_table('search_blocks')
