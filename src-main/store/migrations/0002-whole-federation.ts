import type { Migration } from './migration.ts'

/**
 * What the network means beyond posts and follows: polls, quotes, pins, reactions, reports, relays, followed hashtags, whole
 * conversations and profiles, and what was fetched after an absence. Times are integer milliseconds; JSON columns are text.
 */
export const wholeFederation: Migration = {
  number: 2,
  name: 'whole-federation',
  up(db) {
    db.exec(`
      -- domain: posts ----------------------------------------------------------------------------------------------------------
      -- quote_state: null (no quote), pending, accepted, rejected, revoked, deleted, unverified (a quote without a stamp).
      alter table posts add column quote_of integer references posts on delete set null;
      alter table posts add column quote_uri text;
      alter table posts add column quote_state text;
      alter table posts add column quote_stamp text;
      -- Who may quote, answer, boost: JSON of domain/types.ts InteractionPolicy; null: nothing was said.
      alter table posts add column policy text;
      alter table posts add column context_uri text;
      alter table posts add column replies_uri text;
      -- The community a post was sent through (Lemmy, PeerTube): its actor's uri.
      alter table posts add column audience_uri text;
      alter table posts add column pinned_at integer;
      alter table posts add column quotes_count integer not null default 0;
      -- What a remote post's own server counts; null: it did not say.
      alter table posts add column remote_replies integer;
      alter table posts add column remote_boosts integer;
      alter table posts add column remote_favourites integer;
      -- Last look at a remote post's origin, and since when it says 404.
      alter table posts add column checked_at integer;
      alter table posts add column missing_since integer;
      -- Last walk through the whole conversation of this post.
      alter table posts add column walked_at integer;
      create index posts_quote on posts (quote_of, id) where quote_of is not null;
      create index posts_quote_uri on posts (quote_uri) where quote_of is null and quote_uri is not null;
      create index posts_quote_stamp on posts (quote_stamp) where quote_stamp is not null;
      create index posts_pinned on posts (account_id, pinned_at) where pinned_at is not null;

      -- options: JSON [{"title": text, "votes": number}]; voters: people, null when the poll's server does not say.
      create table polls (
        post_id integer primary key references posts on delete cascade,
        multiple integer not null default 0,
        -- The owner's: its numbers are shown to nobody before the end.
        hide_totals integer not null default 0,
        options text not null,
        voters integer,
        ends_at integer,
        closed_at integer,
        checked_at integer not null default 0
      ) strict;
      create index polls_ending on polls (ends_at) where closed_at is null and ends_at is not null;
      create table votes (
        id integer primary key,
        post_id integer not null references polls on delete cascade,
        account_id integer not null references accounts on delete cascade,
        choice integer not null,
        uri text,
        created_at integer not null,
        unique (post_id, account_id, choice)
      ) strict;

      -- emoji: the character, or the shortcode without colons when there is a picture of it.
      create table reactions (
        id integer primary key,
        post_id integer not null references posts on delete cascade,
        account_id integer not null references accounts on delete cascade,
        emoji text not null,
        media_id integer references media,
        uri text,
        created_at integer not null,
        unique (post_id, account_id, emoji)
      ) strict;
      create index reactions_account on reactions (account_id, id);

      -- Quotes of our posts by others: what they asked and what they were answered. state: accepted, rejected, revoked.
      create table quote_stamps (
        id integer primary key,
        post_id integer not null references posts on delete cascade,
        account_id integer not null references accounts on delete cascade,
        quoting_uri text not null,
        request_uri text,
        state text not null,
        created_at integer not null,
        revoked_at integer,
        unique (post_id, quoting_uri)
      ) strict;

      alter table drafts add column poll text;
      alter table drafts add column quote_of integer;

      -- domain: people ---------------------------------------------------------------------------------------------------------
      alter table accounts add column featured_tags_uri text;
      alter table accounts add column missing_since integer;
      -- Reading older posts from the origin: when last, where the next page is, whether the end was reached.
      alter table accounts add column posts_fetched_at integer;
      alter table accounts add column outbox_next text;
      alter table accounts add column outbox_done integer not null default 0;
      alter table accounts add column synchronized_at integer;

      -- Of what was never here: who said that it is gone. Their word counts for what is theirs.
      alter table tombstones add column by_uri text;

      create table followed_tags (tag_id integer primary key references tags on delete cascade, created_at integer not null) strict;
      create table featured_tags (
        id integer primary key,
        tag_id integer not null unique references tags on delete cascade,
        created_at integer not null
      ) strict;
      -- flavour: mastodon (Follow of as:Public to an inbox) or litepub (Follow of the relay's actor). state: pending, accepted, rejected.
      create table relays (
        id integer primary key,
        address text not null unique,
        flavour text not null,
        actor_uri text,
        inbox text not null,
        state text not null,
        created_at integer not null
      ) strict;
      -- own: made here about somebody; else received. post_uris: JSON list. about_id: null when it is about the owner.
      create table reports (
        id integer primary key,
        own integer not null,
        by_id integer references accounts on delete set null,
        by_host text not null default '',
        about_id integer references accounts on delete cascade,
        post_uris text not null default '[]',
        comment text not null default '',
        category text not null default 'other',
        forwarded integer not null default 0,
        uri text unique,
        created_at integer not null,
        resolved_at integer
      ) strict;

      alter table emojis add column category text;

      create table notifications2 (
        id integer primary key,
        type text not null check (type in (
          'mention', 'post', 'boost', 'favourite', 'follow', 'follow-request', 'edit',
          'poll', 'quote', 'quote-edit', 'reaction', 'report', 'move'
        )),
        account_id integer not null references accounts on delete cascade,
        post_id integer references posts on delete cascade,
        -- What else it speaks of: the report, the reaction, the account somebody moved to.
        subject_id integer,
        -- 1: by a stranger among many; waits as a request until the owner has looked.
        filtered integer not null default 0,
        created_at integer not null
      ) strict;
      insert into notifications2 (id, type, account_id, post_id, created_at)
        select id, type, account_id, post_id, created_at from notifications;
      drop table notifications;
      alter table notifications2 rename to notifications;
      create unique index notifications_once on notifications (type, account_id, coalesce(post_id, 0), coalesce(subject_id, 0));
      create index notifications_account on notifications (account_id, id);
      create index notifications_filtered on notifications (account_id, id) where filtered = 1;
      create index notifications_post on notifications (post_id) where post_id is not null;

      -- Strangers whose requests the owner has accepted.
      create table known_senders (account_id integer primary key references accounts on delete cascade, created_at integer not null) strict;

      -- federation -------------------------------------------------------------------------------------------------------------
      -- What is known of a server: its software by NodeInfo, and how it answers our look-ups.
      create table servers (
        host text primary key,
        software text,
        version text,
        checked_at integer not null default 0,
        failures integer not null default 0,
        next_at integer not null default 0
      ) strict, without rowid;

      -- One reading-up after an absence. state: running, done, stopped. report: JSON of owner-api/contract.ts AwayReport's parts.
      create table catchups (
        id integer primary key,
        away_since integer not null,
        back_at integer not null,
        state text not null,
        posts integer not null default 0,
        report text not null default '{}',
        finished_at integer
      ) strict;
      -- kind: outbox, pins, thread, follow. subject: id of the account, post or follow. state: waiting, done, failed.
      create table catchup_tasks (
        id integer primary key autoincrement,
        catchup_id integer not null references catchups on delete cascade,
        kind text not null,
        subject integer not null,
        host text not null,
        state text not null default 'waiting',
        attempts integer not null default 0,
        next_at integer not null default 0,
        found integer not null default 0,
        error text
      ) strict;
      create index catchup_tasks_state on catchup_tasks (catchup_id, state, next_at);

      -- delivery ---------------------------------------------------------------------------------------------------------------
      -- signer: owner, previous (the owner's key before a rotation), instance. synchronize: followers synchronisation (FEP-8fcf).
      alter table outgoing add column signer text not null default 'owner';
      alter table outgoing add column synchronize integer not null default 0;
      -- The servers it went to, JSON, as they were when it was prepared: those without a row of their own have it.
      alter table outgoing add column hosts text;
      -- How long it has been waited between tries, in milliseconds: patience is a week of that. Time spent offline is not waiting.
      alter table deliveries add column waited integer not null default 0;
      -- Nothing is looked for by it, and every row of every post paid for it.
      drop index deliveries_next;
      create index deliveries_failed on deliveries (host) where failed_at is not null;
      alter table hosts add column delivered integer not null default 0;
      alter table hosts add column last_status integer;
      alter table hosts add column last_error text;
      alter table hosts add column last_failure_at integer;
      -- Inboxes that say 404 or 410, and since when: the evidence a follower is removed by. Those that redirect, with the accounts (JSON list of
      -- ids) that were behind them: what waits goes where these are now.
      create table suspects (
        inbox text primary key,
        status integer not null,
        since integer not null,
        seen_at integer not null,
        people text
      ) strict, without rowid;
    `)
  },
}
