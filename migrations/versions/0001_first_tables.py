"""The first tables."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0001'
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


TRIGGERS = [
    """CREATE OR REPLACE FUNCTION consents_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the consent ledger is only ever added to' USING ERRCODE = 'restrict_violation';
END $$""",
    """CREATE OR REPLACE TRIGGER consents_refuse_change BEFORE UPDATE OR DELETE ON consents
FOR EACH ROW EXECUTE FUNCTION consents_refuse_change()""",
    """CREATE OR REPLACE FUNCTION contacts_follow_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM subscribers WHERE id = NEW.subscriber_id FOR NO KEY UPDATE;
    NEW.consented := coalesce(
        (SELECT granted FROM consents
         WHERE subscriber_id = NEW.subscriber_id AND purpose = 'push' AND channel = NEW.channel
         ORDER BY at DESC, id DESC LIMIT 1),
        false);
    RETURN NEW;
END $$""",
    """CREATE OR REPLACE TRIGGER contacts_follow_ledger BEFORE INSERT OR UPDATE OF consented ON contacts
FOR EACH ROW EXECUTE FUNCTION contacts_follow_ledger()""",
    """CREATE OR REPLACE FUNCTION consents_carry_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM subscribers
    WHERE id IN (SELECT subscriber_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    UPDATE contacts c SET consented = false
    FROM (SELECT DISTINCT subscriber_id, channel FROM added WHERE purpose = 'push') a
    WHERE c.subscriber_id = a.subscriber_id AND c.channel = a.channel;
    UPDATE subscribers s SET recommend = last.granted
    FROM (SELECT DISTINCT ON (subscriber_id) subscriber_id, granted FROM consents
          WHERE purpose = 'recommend'
            AND subscriber_id IN (SELECT subscriber_id FROM added WHERE purpose = 'recommend')
          ORDER BY subscriber_id, at DESC, id DESC) last
    WHERE s.id = last.subscriber_id AND s.recommend <> last.granted;
    RETURN NULL;
END $$""",
    """CREATE OR REPLACE TRIGGER consents_carry_over AFTER INSERT ON consents
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION consents_carry_over()""",
    """CREATE OR REPLACE FUNCTION subscribers_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$""",
    """CREATE OR REPLACE TRIGGER subscribers_stamp_new BEFORE INSERT ON subscribers
FOR EACH ROW EXECUTE FUNCTION subscribers_stamp()""",
    """CREATE OR REPLACE TRIGGER subscribers_stamp_changed BEFORE UPDATE ON subscribers
FOR EACH ROW WHEN (
    (OLD.kind, OLD.region, OLD.profile, OLD.types, OLD.topics, OLD.recommend, OLD.channels, OLD.erased_at)
    IS DISTINCT FROM
    (NEW.kind, NEW.region, NEW.profile, NEW.types, NEW.topics, NEW.recommend, NEW.channels, NEW.erased_at))
EXECUTE FUNCTION subscribers_stamp()""",
    """CREATE OR REPLACE FUNCTION contacts_touch_subscriber() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT subscriber_id) INTO touched FROM after;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT subscriber_id) INTO touched FROM before;
    ELSE
        SELECT array_agg(DISTINCT b.subscriber_id) INTO touched
        FROM before b JOIN after a ON (a.subscriber_id, a.channel) = (b.subscriber_id, b.channel)
        WHERE (a.blind_index, a.state, a.consented) IS DISTINCT FROM (b.blind_index, b.state, b.consented);
    END IF;
    PERFORM FROM subscribers WHERE id = ANY(touched) ORDER BY id FOR NO KEY UPDATE;
    UPDATE subscribers SET changed_in = pg_current_xact_id()::text::bigint
    WHERE id = ANY(touched) AND changed_in <> pg_current_xact_id()::text::bigint;
    RETURN NULL;
END $$""",
    """CREATE OR REPLACE TRIGGER contacts_touch_subscriber_insert AFTER INSERT ON contacts
REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION contacts_touch_subscriber()""",
    """CREATE OR REPLACE TRIGGER contacts_touch_subscriber_update AFTER UPDATE ON contacts
REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION contacts_touch_subscriber()""",
    """CREATE OR REPLACE TRIGGER contacts_touch_subscriber_delete AFTER DELETE ON contacts
REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION contacts_touch_subscriber()""",
]


def create_partitions() -> None:
    """The month tables from now on; later ones are made ahead by the schedule."""
    month = datetime.now(UTC).date().replace(day=1)
    for _ in range(4):
        following = (month + timedelta(days=31)).replace(day=1)
        for table in ("deliveries", "attempts", "receipts"):
            bounds = f"FROM ('{month}') TO ('{following}')"
            op.execute(f"CREATE TABLE {table}_p{month:%Y%m} PARTITION OF {table} FOR VALUES {bounds}")
        month = following


def upgrade() -> None:
    op.create_table('attempts',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('delivery_id', sa.BigInteger(), nullable=False),
    sa.Column('push_id', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('provider', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('provider_id', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('month', 'id', name=op.f('pk_attempts')),
    postgresql_partition_by='RANGE (month)'
    )
    op.create_index('ix_attempts_delivery_id', 'attempts', ['delivery_id'], unique=False)
    op.create_index('ix_attempts_provider_id', 'attempts', ['provider_id'], unique=False, postgresql_where=sa.text("provider_id <> ''"))
    op.create_table('policies',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('stem', sa.Text(), nullable=False),
    sa.Column('doc_number', sa.Text(), nullable=False),
    sa.Column('agency', sa.Text(), nullable=False),
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('published_date', sa.Date(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_policies')),
    sa.UniqueConstraint('key', name=op.f('uq_policies_key'))
    )
    op.create_index(op.f('ix_policies_doc_number'), 'policies', ['doc_number'], unique=False)
    op.create_index(op.f('ix_policies_published_date'), 'policies', ['published_date'], unique=False)
    op.create_index(op.f('ix_policies_state'), 'policies', ['state'], unique=False)
    op.create_index(op.f('ix_policies_stem'), 'policies', ['stem'], unique=False)
    op.create_index(op.f('ix_policies_url'), 'policies', ['url'], unique=False)
    op.create_table('receipts',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('provider', sa.Text(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
        sa.Column("cls", sa.Text(), server_default="", nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('month', 'id', name=op.f('pk_receipts')),
    sa.UniqueConstraint('month', 'provider', 'reference', 'state', name=op.f('uq_receipts_month_provider_reference_state')),
    postgresql_partition_by='RANGE (month)'
    )
    op.create_index('ix_receipts_unmatched', 'receipts', ['id'], unique=False, postgresql_where=sa.text('applied_at IS NULL'))
    op.create_table('subscribers',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('credit_code', sa.LargeBinary(), nullable=True),
    sa.Column('credit_code_index', sa.LargeBinary(), nullable=True),
    sa.Column('region', sa.Text(), nullable=True),
    sa.Column('profile', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('provenance', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('types', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('topics', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('recommend', sa.Boolean(), nullable=False),
    sa.Column('channels', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('quiet_start', sa.Time(), nullable=True),
    sa.Column('quiet_end', sa.Time(), nullable=True),
    sa.Column('daily_cap', sa.Integer(), nullable=True),
    sa.Column('weekly_cap', sa.Integer(), nullable=True),
    sa.Column('changed_in', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscribers')),
    sa.UniqueConstraint('credit_code_index', name=op.f('uq_subscribers_credit_code_index')),
    sa.UniqueConstraint('reference', name=op.f('uq_subscribers_reference'))
    )
    op.create_index('ix_subscribers_changed_in', 'subscribers', ['changed_in'], unique=False)
    op.create_index('ix_subscribers_kind_region', 'subscribers', ['kind', 'region'], unique=False)
    op.create_index('ix_subscribers_topics', 'subscribers', ['topics'], unique=False, postgresql_using='gin')
    op.create_index('ix_subscribers_types', 'subscribers', ['types'], unique=False, postgresql_using='gin')
    op.create_table('suppressions',
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('blind_index', sa.LargeBinary(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('channel', 'blind_index', name=op.f('pk_suppressions'))
    )
    op.create_table('consents',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('subscriber_id', sa.BigInteger(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('granted', sa.Boolean(), nullable=False),
    sa.Column('text_version', sa.Text(), nullable=False),
    sa.Column('how', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscribers.id'], name=op.f('fk_consents_subscriber_id_subscribers')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consents'))
    )
    op.create_index('ix_consents_subscriber_id', 'consents', ['subscriber_id'], unique=False)
    op.create_table('contacts',
    sa.Column('subscriber_id', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('blind_index', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('consented', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('soft_failures', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscribers.id'], name=op.f('fk_contacts_subscriber_id_subscribers')),
    sa.PrimaryKeyConstraint('subscriber_id', 'channel', name=op.f('pk_contacts'))
    )
    op.create_index('ix_contacts_blind_index', 'contacts', ['blind_index'], unique=False)
    op.create_table('policy_relations',
    sa.Column('source_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('named', sa.Text(), nullable=False),
    sa.Column('target_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['source_id'], ['policies.id'], name=op.f('fk_policy_relations_source_id_policies')),
    sa.ForeignKeyConstraint(['target_id'], ['policies.id'], name=op.f('fk_policy_relations_target_id_policies')),
    sa.PrimaryKeyConstraint('source_id', 'kind', 'named', name=op.f('pk_policy_relations'))
    )
    op.create_index('ix_policy_relations_named_unknown', 'policy_relations', ['named'], unique=False, postgresql_where=sa.text('target_id IS NULL'))
    op.create_index('ix_policy_relations_target_id', 'policy_relations', ['target_id'], unique=False)
    op.create_table('policy_versions',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('policy_id', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('fingerprint', sa.LargeBinary(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('published_date', sa.Date(), nullable=True),
    sa.Column('written_date', sa.Date(), nullable=True),
    sa.Column('effective_date', sa.Date(), nullable=True),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('details', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['policy_id'], ['policies.id'], name=op.f('fk_policy_versions_policy_id_policies')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_policy_versions')),
    sa.UniqueConstraint('policy_id', 'fingerprint', name=op.f('uq_policy_versions_policy_id_fingerprint')),
    sa.UniqueConstraint('policy_id', 'number', name=op.f('uq_policy_versions_policy_id_number'))
    )
    op.create_table('readings',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('version_id', sa.BigInteger(), nullable=False),
    sa.Column('reader', sa.Text(), nullable=False),
    sa.Column('payload', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['policy_versions.id'], name=op.f('fk_readings_version_id_policy_versions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_readings')),
    sa.UniqueConstraint('version_id', 'reader', name=op.f('uq_readings_version_id_reader'))
    )
    op.create_table('targetings',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('version_id', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('pushable', sa.Boolean(), nullable=False),
    sa.Column('sides', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('topics', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('probabilities', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('types', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('region', sa.Text(), nullable=False),
    sa.Column('opens', sa.Date(), nullable=True),
    sa.Column('closes', sa.Date(), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('conditions', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('card', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('confirmed_by', sa.Text(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['policy_versions.id'], name=op.f('fk_targetings_version_id_policy_versions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_targetings')),
    sa.UniqueConstraint('version_id', 'number', name=op.f('uq_targetings_version_id_number'))
    )
    op.create_index('ix_targetings_closes', 'targetings', ['closes'], unique=False)
    op.create_index('ix_targetings_topics', 'targetings', ['topics'], unique=False, postgresql_using='gin')
    op.create_table('decision_groups',
    sa.Column('targeting_id', sa.BigInteger(), nullable=False),
    sa.Column('run', sa.Integer(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('members', sa.LargeBinary(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['targeting_id'], ['targetings.id'], name=op.f('fk_decision_groups_targeting_id_targetings')),
    sa.PrimaryKeyConstraint('targeting_id', 'run', 'action', 'reason', name=op.f('pk_decision_groups'))
    )
    op.create_table('pushes',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('targeting_id', sa.BigInteger(), nullable=True),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('notice', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('audience', sa.LargeBinary(), nullable=False),
    sa.Column('audience_size', sa.Integer(), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('approved_by', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('planned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['targeting_id'], ['targetings.id'], name=op.f('fk_pushes_targeting_id_targetings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pushes')),
    sa.UniqueConstraint('key', name=op.f('uq_pushes_key'))
    )
    op.create_index(op.f('ix_pushes_state'), 'pushes', ['state'], unique=False)
    op.create_index(op.f('ix_pushes_targeting_id'), 'pushes', ['targeting_id'], unique=False)
    op.create_table('deliveries',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('push_id', sa.BigInteger(), nullable=False),
    sa.Column('subscriber_id', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('fallbacks', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempt_id', sa.Uuid(), nullable=True),
    sa.Column('attempts', sa.SmallInteger(), nullable=False),
    sa.Column('reasons', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name=op.f('ck_deliveries_lease')),
    sa.PrimaryKeyConstraint('month', 'id', name=op.f('pk_deliveries')),
    sa.UniqueConstraint('month', 'subscriber_id', 'push_id', name=op.f('uq_deliveries_month_subscriber_id_push_id')),
    postgresql_partition_by='RANGE (month)'
    )
    op.create_index('ix_deliveries_attempt_id', 'deliveries', ['attempt_id'], unique=False, postgresql_where=sa.text('attempt_id IS NOT NULL'))
    op.create_index('ix_deliveries_due', 'deliveries', ['push_id', 'channel', 'due_at'], unique=False, postgresql_where=sa.text("state IN ('planned', 'retry')"))
    op.create_index('ix_deliveries_lease', 'deliveries', ['lease_until'], unique=False, postgresql_where=sa.text("state IN ('sending', 'unknown')"))
    op.create_index('ix_deliveries_push_id', 'deliveries', ['push_id'], unique=False, postgresql_using='brin')
    for statement in TRIGGERS:
        op.execute(statement)
    create_partitions()


def downgrade() -> None:
    op.drop_index('ix_deliveries_push_id', table_name='deliveries', postgresql_using='brin')
    op.drop_index('ix_deliveries_lease', table_name='deliveries', postgresql_where=sa.text("state IN ('sending', 'unknown')"))
    op.drop_index('ix_deliveries_due', table_name='deliveries', postgresql_where=sa.text("state IN ('planned', 'retry')"))
    op.drop_index('ix_deliveries_attempt_id', table_name='deliveries')
    op.drop_table('deliveries')
    op.drop_index(op.f('ix_pushes_targeting_id'), table_name='pushes')
    op.drop_index(op.f('ix_pushes_state'), table_name='pushes')
    op.drop_table('pushes')
    op.drop_table('decision_groups')
    op.drop_index('ix_targetings_topics', table_name='targetings', postgresql_using='gin')
    op.drop_index('ix_targetings_closes', table_name='targetings')
    op.drop_table('targetings')
    op.drop_table('readings')
    op.drop_table('policy_versions')
    op.drop_index('ix_policy_relations_target_id', table_name='policy_relations')
    op.drop_index('ix_policy_relations_named_unknown', table_name='policy_relations', postgresql_where=sa.text('target_id IS NULL'))
    op.drop_table('policy_relations')
    op.drop_index('ix_contacts_blind_index', table_name='contacts')
    op.drop_table('contacts')
    op.drop_index('ix_consents_subscriber_id', table_name='consents')
    op.drop_table('consents')
    op.drop_table('suppressions')
    op.drop_index('ix_subscribers_types', table_name='subscribers', postgresql_using='gin')
    op.drop_index('ix_subscribers_topics', table_name='subscribers', postgresql_using='gin')
    op.drop_index('ix_subscribers_kind_region', table_name='subscribers')
    op.drop_index('ix_subscribers_changed_in', table_name='subscribers')
    op.drop_table('subscribers')
    op.drop_index('ix_receipts_unmatched', table_name='receipts', postgresql_where=sa.text('applied_at IS NULL'))
    op.drop_table('receipts')
    op.drop_index(op.f('ix_policies_url'), table_name='policies')
    op.drop_index(op.f('ix_policies_stem'), table_name='policies')
    op.drop_index(op.f('ix_policies_state'), table_name='policies')
    op.drop_index(op.f('ix_policies_published_date'), table_name='policies')
    op.drop_index(op.f('ix_policies_doc_number'), table_name='policies')
    op.drop_table('policies')
    op.drop_index('ix_attempts_provider_id', table_name='attempts', postgresql_where=sa.text("provider_id <> ''"))
    op.drop_index('ix_attempts_delivery_id', table_name='attempts')
    op.drop_table('attempts')
