"""Editions, bundles, feedback, announcements and job runs.

Revision 0002, after 0001.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0002'
down_revision: str | Sequence[str] | None = '0001'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('habits',
    sa.Column('subscriber_id', sa.BigInteger(), nullable=False),
    sa.Column('digest_by_sms', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('looked_in', sa.BigInteger(), nullable=True),
    sa.Column('greeted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('digest_only_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cap_before', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('subscriber_id', name=op.f('pk_habits'))
    )
    op.create_table('job_runs',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('job', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job_runs')),
    sa.UniqueConstraint('job', 'due_at', name=op.f('uq_job_runs_job_due_at'))
    )
    op.create_index('ix_job_runs_state', 'job_runs', ['state'], unique=False)
    op.create_table('jobs',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('paused', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('followed_until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_jobs'))
    )
    op.create_table('feedback',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('subscriber_id', sa.BigInteger(), nullable=False),
    sa.Column('policy_id', sa.BigInteger(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['policy_id'], ['policies.id'], name=op.f('fk_feedback_policy_id_policies')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_feedback')),
    sa.UniqueConstraint('policy_id', 'subscriber_id', 'kind', name=op.f('uq_feedback_policy_id_subscriber_id_kind'), postgresql_nulls_not_distinct=True)
    )
    op.create_index('ix_feedback_subscriber_id', 'feedback', ['subscriber_id'], unique=False)
    op.create_table('announcements',
    sa.Column('policy_id', sa.BigInteger(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('push_id', sa.BigInteger(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['policy_id'], ['policies.id'], name=op.f('fk_announcements_policy_id_policies')),
    sa.ForeignKeyConstraint(['push_id'], ['pushes.id'], name=op.f('fk_announcements_push_id_pushes')),
    sa.PrimaryKeyConstraint('policy_id', 'what', name=op.f('pk_announcements'))
    )
    op.create_table('bundle_blocks',
    sa.Column('push_id', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('subscribers', sa.LargeBinary(), nullable=False),
    sa.Column('counts', sa.LargeBinary(), nullable=False),
    sa.Column('lines', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['push_id'], ['pushes.id'], name=op.f('fk_bundle_blocks_push_id_pushes')),
    sa.PrimaryKeyConstraint('push_id', 'number', name=op.f('pk_bundle_blocks'))
    )
    op.create_table('bundles',
    sa.Column('push_id', sa.BigInteger(), nullable=False),
    sa.Column('lines', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['push_id'], ['pushes.id'], name=op.f('fk_bundles_push_id_pushes')),
    sa.PrimaryKeyConstraint('push_id', name=op.f('pk_bundles'))
    )
    op.create_table('editions',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('starts', sa.Date(), nullable=False),
    sa.Column('ends', sa.Date(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('foreword', sa.Text(), nullable=False),
    sa.Column('chosen_id', sa.BigInteger(), nullable=True),
    sa.Column('figures', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('edited_by', sa.Text(), nullable=False),
    sa.Column('released_by', sa.Text(), nullable=False),
    sa.Column('covers_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('push_id', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['chosen_id'], ['policies.id'], name=op.f('fk_editions_chosen_id_policies')),
    sa.ForeignKeyConstraint(['push_id'], ['pushes.id'], name=op.f('fk_editions_push_id_pushes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_editions')),
    sa.UniqueConstraint('kind', 'starts', name=op.f('uq_editions_kind_starts'))
    )
    op.create_table('edition_items',
    sa.Column('edition_id', sa.BigInteger(), nullable=False),
    sa.Column('policy_id', sa.BigInteger(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('sentence', sa.Text(), nullable=False),
    sa.Column('side', sa.Text(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('closes', sa.Date(), nullable=True),
    sa.Column('dropped', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('why_dropped', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['edition_id'], ['editions.id'], name=op.f('fk_edition_items_edition_id_editions')),
    sa.ForeignKeyConstraint(['policy_id'], ['policies.id'], name=op.f('fk_edition_items_policy_id_policies')),
    sa.PrimaryKeyConstraint('edition_id', 'policy_id', name=op.f('pk_edition_items'))
    )


def downgrade() -> None:
    op.drop_table('edition_items')
    op.drop_table('editions')
    op.drop_table('bundles')
    op.drop_table('bundle_blocks')
    op.drop_table('announcements')
    op.drop_index('ix_feedback_subscriber_id', table_name='feedback')
    op.drop_table('feedback')
    op.drop_table('jobs')
    op.drop_index('ix_job_runs_state', table_name='job_runs')
    op.drop_table('job_runs')
    op.drop_table('habits')
