"""Grants of WeChat followers, events already heard, questions to staff, templates as staff worded them.

Revision 0004, after 0003.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0004'
down_revision: str | Sequence[str] | None = '0003'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('heard_events',
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_heard_events'))
    )
    op.create_index(op.f('ix_heard_events_at'), 'heard_events', ['at'], unique=False)
    op.create_table('inquiries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('blind_index', sa.LargeBinary(), nullable=False),
    sa.Column('address', sa.LargeBinary(), nullable=False),
    sa.Column('words', sa.LargeBinary(), nullable=False),
    sa.Column('came_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by', sa.Text(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inquiries'))
    )
    op.create_index('ix_inquiries_blind_index', 'inquiries', ['blind_index'], unique=False)
    op.create_index('ix_inquiries_open', 'inquiries', ['came_at'], unique=False, postgresql_where=sa.text('answered_at IS NULL'))
    op.create_table('template_overrides',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('codes', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('edited_by', sa.Text(), nullable=False),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', 'version', name=op.f('pk_template_overrides'))
    )
    op.create_table('wechat_grants',
    sa.Column('blind_index', sa.LargeBinary(), nullable=False),
    sa.Column('template_id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('accepted', sa.Boolean(), nullable=False),
    sa.Column('remaining', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('blind_index', 'template_id', name=op.f('pk_wechat_grants'))
    )


def downgrade() -> None:
    op.drop_table('wechat_grants')
    op.drop_table('template_overrides')
    op.drop_index('ix_inquiries_open', table_name='inquiries', postgresql_where=sa.text('answered_at IS NULL'))
    op.drop_index('ix_inquiries_blind_index', table_name='inquiries')
    op.drop_table('inquiries')
    op.drop_index(op.f('ix_heard_events_at'), table_name='heard_events')
    op.drop_table('heard_events')
