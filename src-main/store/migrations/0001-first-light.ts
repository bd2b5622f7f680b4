import type { Migration } from './migration.ts'

/**
 * The first schema. Times are integer milliseconds since the epoch; booleans are 0 or 1; ids follow design 7 (42 bits of milliseconds,
 * 11 of tail) unless a table says `autoincrement`. The Kysely types of every table stand in `../schema.ts`.
 */
export const firstLight: Migration = {
  number: 1,
  name: 'first-light',
  up(db) {
    db.exec(`
      -- domain: the owner and the people ------------------------------------------------------------------------------------------
      create table settings (key text primary key, value text not null) strict, without rowid;
      create table secrets (name text primary key, sealed text not null, created_at integer not null) strict, without rowid;

      create table accounts (
        id integer primary key,
        own integer not null default 0,
        uri text unique,
        username text not null,
        domain text not null default '',
        type text not null default 'Person',
        display_name text not null default '',
        note text not null default '',
        note_source text,
        url text,
        avatar_id integer,
        header_id integer,
        fields text not null default '[]',
        emojis text not null default '[]',
        locked integer not null default 0,
        discoverable integer,
        indexable integer not null default 0,
        inbox text,
        shared_inbox text,
        outbox text,
        followers_uri text,
        following_uri text,
        featured_uri text,
        also_known_as text not null default '[]',
        moved_to text,
        created_at integer not null,
        fetched_at integer not null default 0,
        suspended_at integer,
        last_post_at integer,
        posts_count integer not null default 0,
        followers_count integer not null default 0,
        following_count integer not null default 0
      ) strict;
      create unique index accounts_handle on accounts (domain, lower(username));
      create index accounts_followers_uri on accounts (followers_uri) where followers_uri is not null;

      create table keys (
        uri text primary key,
        account_uri text not null,
        pem text not null,
        fetched_at integer not null
      ) strict, without rowid;
      create index keys_account on keys (account_uri);

      create table follows (
        id integer primary key,
        account_id integer not null references accounts on delete cascade,
        target_id integer not null references accounts on delete cascade,
        state text not null check (state in ('pending', 'accepted')),
        uri text,
        boosts integer not null default 1,
        notify integer not null default 0,
        created_at integer not null,
        accepted_at integer,
        unique (account_id, target_id)
      ) strict;
      create index follows_target on follows (target_id, state, id);

      create table blocks (
        id integer primary key,
        account_id integer not null references accounts on delete cascade,
        target_id integer not null references accounts on delete cascade,
        uri text,
        created_at integer not null,
        unique (account_id, target_id)
      ) strict;
      create index blocks_target on blocks (target_id);

      create table mutes (
        id integer primary key,
        target_id integer not null unique references accounts on delete cascade,
        notifications integer not null default 1,
        expires_at integer,
        created_at integer not null
      ) strict;

      create table account_notes (account_id integer primary key references accounts on delete cascade, text text not null) strict;

      -- domain: posts ----------------------------------------------------------------------------------------------------------
      create table posts (
        id integer primary key,
        own integer not null default 0,
        uri text unique,
        url text,
        account_id integer not null references accounts on delete cascade,
        boost_of integer references posts on delete cascade,
        type text not null default 'Note',
        content text not null default '',
        source text,
        warning text not null default '',
        sensitive integer not null default 0,
        visibility text not null check (visibility in ('public', 'unlisted', 'private', 'direct')),
        language text,
        in_reply_to_id integer references posts on delete set null,
        in_reply_to_uri text,
        in_reply_to_account_id integer,
        emojis text not null default '[]',
        created_at integer not null,
        written_at integer,
        released_at integer,
        edited_at integer,
        received_at integer not null,
        replies_count integer not null default 0,
        boosts_count integer not null default 0,
        favourites_count integer not null default 0
      ) strict;
      create index posts_account on posts (account_id, id);
      create index posts_reply on posts (in_reply_to_id) where in_reply_to_id is not null;
      create index posts_reply_uri on posts (in_reply_to_uri) where in_reply_to_id is null and in_reply_to_uri is not null;
      create unique index posts_boost on posts (boost_of, account_id) where boost_of is not null;
      create index posts_own_waiting on posts (id) where own = 1 and released_at is null;

      create table mentions (
        post_id integer not null references posts on delete cascade,
        acct text not null,
        account_id integer references accounts on delete set null,
        primary key (post_id, acct)
      ) strict, without rowid;
      create index mentions_account on mentions (account_id, post_id);

      create table tags (id integer primary key, name text not null unique) strict;
      create table post_tags (
        tag_id integer not null references tags on delete cascade,
        post_id integer not null references posts on delete cascade,
        primary key (tag_id, post_id)
      ) strict, without rowid;
      create index post_tags_post on post_tags (post_id);

      create table edits (
        id integer primary key,
        post_id integer not null references posts on delete cascade,
        at integer not null,
        content text not null,
        warning text not null,
        sensitive integer not null,
        media text not null default '[]'
      ) strict;
      create index edits_post on edits (post_id, id);

      create table media (
        id integer primary key,
        own integer not null default 0,
        token text not null unique,
        post_id integer references posts on delete cascade,
        draft_id text,
        position integer not null default 0,
        kind text not null check (kind in ('image', 'gifv', 'video', 'audio', 'unknown', 'avatar', 'header', 'emoji')),
        mime text,
        bytes integer,
        width integer,
        height integer,
        preview_width integer,
        preview_height integer,
        duration real,
        blurhash text,
        description text,
        focus_x real,
        focus_y real,
        remote_url text,
        blob text,
        preview_blob text,
        preview_mime text,
        created_at integer not null
      ) strict;
      create index media_post on media (post_id, position) where post_id is not null;
      create index media_draft on media (draft_id) where draft_id is not null;
      create index media_unused on media (created_at) where own = 1 and post_id is null and draft_id is null;
      create index media_blob on media (blob) where blob is not null;
      create index media_preview on media (preview_blob) where preview_blob is not null;

      create table emojis (
        id integer primary key,
        domain text not null,
        shortcode text not null,
        uri text,
        media_id integer not null references media,
        updated_at integer not null,
        unique (domain, shortcode)
      ) strict;
      create index emojis_media on emojis (media_id);

      create table favourites (
        id integer primary key,
        account_id integer not null references accounts on delete cascade,
        post_id integer not null references posts on delete cascade,
        uri text,
        created_at integer not null,
        unique (post_id, account_id)
      ) strict;
      create index favourites_account on favourites (account_id, id);

      create table bookmarks (
        id integer primary key,
        post_id integer not null unique references posts on delete cascade,
        created_at integer not null
      ) strict;

      create table home (
        arrived integer primary key autoincrement,
        post_id integer not null unique references posts on delete cascade
      ) strict;

      create table notifications (
        id integer primary key,
        type text not null check (type in ('mention', 'post', 'boost', 'favourite', 'follow', 'follow-request', 'edit')),
        account_id integer not null references accounts on delete cascade,
        post_id integer references posts on delete cascade,
        created_at integer not null
      ) strict;
      create unique index notifications_once on notifications (type, account_id, coalesce(post_id, 0));
      create index notifications_account on notifications (account_id, id);
      create index notifications_post on notifications (post_id) where post_id is not null;

      create virtual table search using fts5 (
        text, facets, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
      );

      -- domain: writing --------------------------------------------------------------------------------------------------------
      create table drafts (
        id text primary key,
        text text not null,
        warning text not null,
        sensitive integer not null,
        visibility text not null,
        language text,
        in_reply_to_id integer,
        edit_of integer,
        media_ids text not null default '[]',
        caret integer not null default 0,
        created_at integer not null,
        updated_at integer not null
      ) strict, without rowid;

      create table events (seq integer primary key autoincrement, type text not null, data text not null, at integer not null) strict;
      create table cursors (consumer text primary key, seq integer not null) strict, without rowid;

      create table markers (
        timeline text primary key,
        last_read_id integer not null,
        version integer not null,
        updated_at integer not null
      ) strict, without rowid;
      create table places (view text primary key, place text not null, updated_at integer not null) strict, without rowid;

      -- domain: grants ---------------------------------------------------------------------------------------------------------
      create table apps (
        id integer primary key,
        client_id text not null unique,
        secret_hash text not null,
        name text not null,
        website text,
        redirect_uris text not null,
        scopes text not null,
        created_at integer not null,
        used_at integer
      ) strict;
      create table codes (
        hash text primary key,
        app_id integer not null references apps on delete cascade,
        redirect_uri text not null,
        scopes text not null,
        challenge text,
        created_at integer not null
      ) strict, without rowid;
      create table tokens (
        id integer primary key,
        hash text not null unique,
        app_id integer references apps on delete cascade,
        kind text not null check (kind in ('window', 'cli', 'app', 'client')),
        scopes text not null,
        created_at integer not null,
        used_at integer
      ) strict;
      create table sign_in_codes (hash text primary key, created_at integer not null) strict, without rowid;
      create table idempotency (
        token_id integer not null,
        key text not null,
        post_id integer not null,
        at integer not null,
        primary key (token_id, key)
      ) strict, without rowid;

      -- federation -------------------------------------------------------------------------------------------------------------
      create table seen (uri text primary key, at integer not null) strict, without rowid;
      create index seen_at on seen (at);
      create table tombstones (uri text primary key, own integer not null default 0, former_type text, at integer not null) strict, without rowid;
      create table inbound (
        id integer primary key autoincrement,
        state text not null check (state in ('verified', 'parked')),
        host text not null,
        actor text,
        target text,
        headers text,
        body blob not null,
        attempts integer not null default 0,
        next_at integer not null,
        received_at integer not null
      ) strict;
      create index inbound_next on inbound (state, next_at);
      create index inbound_host on inbound (host) where state = 'parked';

      -- delivery ---------------------------------------------------------------------------------------------------------------
      create table outgoing (
        id integer primary key,
        uri text unique,
        kind text not null,
        state text not null check (state in ('waiting', 'sending', 'failed', 'sent')),
        subject text not null default '{}',
        object_key text not null,
        post_id integer,
        account_id integer,
        body text,
        total integer not null default 0,
        delivered integer not null default 0,
        failed integer not null default 0,
        attempts integer not null default 0,
        next_at integer not null default 0,
        error text,
        created_at integer not null,
        sent_at integer
      ) strict;
      create index outgoing_state on outgoing (state, id);
      create index outgoing_object on outgoing (object_key, id);
      create index outgoing_post on outgoing (post_id) where post_id is not null;

      create table deliveries (
        id integer primary key autoincrement,
        outgoing_id integer not null references outgoing on delete cascade,
        inbox text not null,
        host text not null,
        object_key text not null,
        attempts integer not null default 0,
        next_at integer not null,
        error text,
        status integer,
        failed_at integer
      ) strict;
      create index deliveries_inbox on deliveries (inbox, id) where failed_at is null;
      create index deliveries_next on deliveries (next_at) where failed_at is null;
      create index deliveries_outgoing on deliveries (outgoing_id);
      create index deliveries_host on deliveries (host) where failed_at is null;

      create table hosts (
        host text primary key,
        failures integer not null default 0,
        first_failure_at integer,
        open_until integer,
        scheme text,
        scheme_at integer,
        last_success_at integer,
        updated_at integer not null
      ) strict, without rowid;
    `)
  },
}
