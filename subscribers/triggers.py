"""What PostgreSQL itself keeps true of subscribers, whoever writes: the statements that the migrations run.

Each may run again (CREATE OR REPLACE). They hold four promises:

- `contacts.consented` is the last word of the ledger on that channel, also for an address that comes after it; what
  anybody else writes there is overruled;
- `subscribers.recommend` follows the ledger in the same way whenever a line is added;
- a line of the ledger is never changed or taken away;
- `subscribers.changed_in` is the transaction that last changed what the matcher sees: the subscriber's own columns, or
  an address, its state or its consent.

Lines are ordered by the time of the consent and then by id, so that an older paper found later changes nothing.
Contacts and ledger lines of one subscriber are written one after the other (the subscriber's row is locked first).
"""

from typing import Final

_LEDGER_IS_FOR_GOOD = """
CREATE OR REPLACE FUNCTION consents_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the consent ledger is only ever added to' USING ERRCODE = 'restrict_violation';
END $$
"""
_ON_LEDGER_CHANGE = """
CREATE OR REPLACE TRIGGER consents_refuse_change BEFORE UPDATE OR DELETE ON consents
FOR EACH ROW EXECUTE FUNCTION consents_refuse_change()
"""

_CONTACT_FOLLOWS_LEDGER = """
CREATE OR REPLACE FUNCTION contacts_follow_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM subscribers WHERE id = NEW.subscriber_id FOR NO KEY UPDATE;
    NEW.consented := coalesce(
        (SELECT granted FROM consents
         WHERE subscriber_id = NEW.subscriber_id AND purpose = 'push' AND channel = NEW.channel
         ORDER BY at DESC, id DESC LIMIT 1),
        false);
    RETURN NEW;
END $$
"""
_ON_CONTACT_INSERT = """
CREATE OR REPLACE TRIGGER contacts_follow_ledger BEFORE INSERT OR UPDATE OF consented ON contacts
FOR EACH ROW EXECUTE FUNCTION contacts_follow_ledger()
"""

_LEDGER_IS_CARRIED_OVER = """
CREATE OR REPLACE FUNCTION consents_carry_over() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$
"""
_ON_LEDGER_INSERT = """
CREATE OR REPLACE TRIGGER consents_carry_over AFTER INSERT ON consents
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION consents_carry_over()
"""

_SUBSCRIBER_IS_STAMPED = """
CREATE OR REPLACE FUNCTION subscribers_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$
"""
_ON_SUBSCRIBER_INSERT = """
CREATE OR REPLACE TRIGGER subscribers_stamp_new BEFORE INSERT ON subscribers
FOR EACH ROW EXECUTE FUNCTION subscribers_stamp()
"""
_ON_SUBSCRIBER_UPDATE = """
CREATE OR REPLACE TRIGGER subscribers_stamp_changed BEFORE UPDATE ON subscribers
FOR EACH ROW WHEN (
    (OLD.kind, OLD.region, OLD.profile, OLD.types, OLD.topics, OLD.recommend, OLD.channels, OLD.erased_at)
    IS DISTINCT FROM
    (NEW.kind, NEW.region, NEW.profile, NEW.types, NEW.topics, NEW.recommend, NEW.channels, NEW.erased_at))
EXECUTE FUNCTION subscribers_stamp()
"""

_CONTACT_TOUCHES_SUBSCRIBER = """
CREATE OR REPLACE FUNCTION contacts_touch_subscriber() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$
"""
_ON_CONTACT_CHANGE = tuple(
    f"""
CREATE OR REPLACE TRIGGER contacts_touch_subscriber_{event.lower()} AFTER {event} ON contacts
REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION contacts_touch_subscriber()
"""
    for event, tables in (
        ("INSERT", "NEW TABLE AS after"),
        ("UPDATE", "OLD TABLE AS before NEW TABLE AS after"),
        ("DELETE", "OLD TABLE AS before"),
    )
)

TRIGGERS: Final = (
    _LEDGER_IS_FOR_GOOD,
    _ON_LEDGER_CHANGE,
    _CONTACT_FOLLOWS_LEDGER,
    _ON_CONTACT_INSERT,
    _LEDGER_IS_CARRIED_OVER,
    _ON_LEDGER_INSERT,
    _SUBSCRIBER_IS_STAMPED,
    _ON_SUBSCRIBER_INSERT,
    _ON_SUBSCRIBER_UPDATE,
    _CONTACT_TOUCHES_SUBSCRIBER,
    *_ON_CONTACT_CHANGE,
)
"""In the order in which they are made; the tables `subscribers`, `contacts` and `consents` come first."""
