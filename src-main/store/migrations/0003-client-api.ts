import type { Migration } from './migration.ts'

/**
 * What apps of the Mastodon network expect of a home: lists, filters, conversations, schedules, link previews, push, and what is refused at
 * the door. Times are integer milliseconds; JSON columns are text.
 */
export const clientApi: Migration = {
  number: 3,
  name: 'client-api',
  up(db) {
    db.exec(`
      -- domain: reading --------------------------------------------------------------------------------------------------------
      -- replies: whose answers a list shows: followed (to anybody followed), list (to members), none.
      create table lists (
        id integer primary key,
        title text not null,
        replies text not null default 'list' check (replies in ('followed', 'list', 'none')),
        -- 1: its members stand here and not at home.
        exclusive integer not null default 0,
        created_at integer not null
      ) strict;
      create table list_members (
        id integer primary key,
        list_id integer not null references lists on delete cascade,
        account_id integer not null references accounts on delete cascade,
        unique (list_id, account_id)
      ) strict;
      create index list_members_account on list_members (account_id);

      -- contexts: JSON list of home, notifications, public, thread, account.
      create table filters (
        id integer primary key,
        title text not null,
        contexts text not null,
        action text not null default 'warn' check (action in ('warn', 'hide', 'blur')),
        expires_at integer,
        created_at integer not null
      ) strict;
      create table filter_keywords (
        id integer primary key,
        filter_id integer not null references filters on delete cascade,
        keyword text not null,
        whole_word integer not null default 1
      ) strict;
      create index filter_keywords_filter on filter_keywords (filter_id);
      create table filter_posts (
        id integer primary key,
        filter_id integer not null references filters on delete cascade,
        post_id integer not null references posts on delete cascade,
        unique (filter_id, post_id)
      ) strict;
      create index filter_posts_post on filter_posts (post_id);

      -- Private mentions by thread and people. thread: its first post that is known here; people: JSON list of the others' account ids, sorted.
      create table conversations (
        id integer primary key,
        thread integer not null,
        people text not null,
        last_post_id integer references posts on delete set null,
        unread integer not null default 0,
        updated_at integer not null,
        unique (thread, people)
      ) strict;
      create index conversations_last on conversations (last_post_id);
      create table conversation_posts (
        post_id integer primary key references posts on delete cascade,
        conversation_id integer not null references conversations on delete cascade
      ) strict;
      create index conversation_posts_conversation on conversation_posts (conversation_id, post_id);

      -- Threads the owner wants to hear no more of, by the first post that is known here.
      create table muted_threads (post_id integer primary key references posts on delete cascade, created_at integer not null) strict;

      -- domain: people ---------------------------------------------------------------------------------------------------------
      -- JSON list of codes; null: every language.
      alter table follows add column languages text;
      create table endorsements (
        id integer primary key,
        account_id integer not null unique references accounts on delete cascade,
        created_at integer not null
      ) strict;
      -- Whole servers the owner wants nothing of; a name covers what is below it.
      create table domain_blocks (id integer primary key, domain text not null unique, created_at integer not null) strict;
      -- 1: of a blocked server, so that lists of posts need not compare names. Kept by these triggers; set by domain/domain-blocks.ts, for a
      -- whole list of servers at once.
      alter table accounts add column domain_blocked integer not null default 0;
      create index accounts_domain_blocked on accounts (id) where domain_blocked = 1;
      create trigger domain_blocks_removed after delete on domain_blocks begin
        update accounts set domain_blocked = 0 where domain_blocked = 1
          and (domain = old.domain or substr(domain, -length(old.domain) - 1) = '.' || old.domain)
          and not exists (select 1 from domain_blocks
          where domain = accounts.domain or substr(accounts.domain, -length(domain) - 1) = '.' || domain);
      end;
      create trigger accounts_added after insert on accounts when new.own = 0 and exists (select 1 from domain_blocks
        where domain = new.domain or substr(new.domain, -length(domain) - 1) = '.' || domain)
      begin
        update accounts set domain_blocked = 1 where id = new.id;
      end;
      create trigger accounts_moved after update of domain on accounts when new.domain <> old.domain begin
        update accounts set domain_blocked = new.own = 0 and exists (select 1 from domain_blocks
          where domain = new.domain or substr(new.domain, -length(domain) - 1) = '.' || domain) where id = new.id;
      end;
      -- What is not taken in at all: words of strangers' posts, turned away at the door.
      create table door_words (
        id integer primary key,
        words text not null unique,
        whole_word integer not null default 1,
        turned_away integer not null default 0,
        last_at integer,
        created_at integer not null
      ) strict;

      -- domain: writing --------------------------------------------------------------------------------------------------------
      -- input: JSON of domain/scheduled.ts; becomes a post at its time.
      create table scheduled (id integer primary key, at integer not null, input text not null, created_at integer not null) strict;
      create index scheduled_at on scheduled (at);
      -- What the source of an own post is: null is plain text, or text/markdown.
      alter table posts add column source_type text;
      -- JSON list of the titles a former version's poll had.
      alter table edits add column poll text;
      alter table drafts add column source_type text;
      alter table drafts add column quote_policy text;
      -- state: ready, processing, failed (error: a code). details: JSON of domain/media.ts.
      alter table media add column state text not null default 'ready';
      alter table media add column error text;
      alter table media add column details text;
      -- 1: a post that is gone, or an edit, gave it up.
      alter table media add column freed integer not null default 0;
      alter table media add column scheduled_id integer references scheduled on delete set null;
      create index media_scheduled on media (scheduled_id) where scheduled_id is not null;
      -- Of others' films it was kept in milliseconds.
      update media set duration = duration / 1000 where own = 0 and duration is not null;
      create index media_processing on media (id) where state = 'processing';

      -- domain: links ----------------------------------------------------------------------------------------------------------
      -- state: waiting, ready, none (nothing to show), failed. kind: link, photo, video, rich. media_id: the picture, by way of the proxy.
      create table cards (
        id integer primary key,
        url text not null unique,
        state text not null default 'waiting',
        kind text not null default 'link',
        title text not null default '',
        description text not null default '',
        language text,
        author_name text not null default '',
        author_url text not null default '',
        -- Whom the page names as its author (fediverse:creator); shown while their profile names the page's site in return.
        author_id integer references accounts on delete set null,
        provider_name text not null default '',
        provider_url text not null default '',
        width integer not null default 0,
        height integer not null default 0,
        published_at integer,
        media_id integer references media on delete set null,
        attempts integer not null default 0,
        next_at integer not null default 0,
        fetched_at integer,
        created_at integer not null
      ) strict;
      create index cards_waiting on cards (next_at) where state = 'waiting';
      create table post_cards (
        post_id integer primary key references posts on delete cascade,
        card_id integer not null references cards on delete cascade
      ) strict;
      create index post_cards_card on post_cards (card_id);
      -- People by their names, as posts in search: contentless, rowid is the account's id.
      create virtual table search_people using fts5 (
        name, host, content = '', contentless_delete = 1, prefix = '1 2 3', tokenize = "unicode61 remove_diacritics 2"
      );
      create index accounts_username on accounts (lower(username));
      -- Rows of search that were written before are written anew in the background (domain/reindexing.ts); here there are none.
      insert into settings (key, value)
        select 'searchIndex', '{"version":2,"posts":0,"people":0}'
        where not exists (select 1 from posts) and not exists (select 1 from accounts);
      -- Nor are there, without posts, private mentions to be put into their conversations (domain/conversations.ts).
      insert into settings (key, value)
        select 'conversationsJoinedUpTo', '"done"' where not exists (select 1 from posts);
      -- Sites an account says it writes for (attributionDomains), JSON list.
      alter table accounts add column attribution_domains text not null default '[]';
      -- When the links of its profile were last looked at for a link back (rel=me).
      alter table accounts add column links_checked_at integer;

      -- push -------------------------------------------------------------------------------------------------------------------
      -- One per token. alerts: JSON of booleans by Mastodon's names; policy: all, followed, follower, none.
      create table push_subscriptions (
        id integer primary key,
        token_id integer not null unique references tokens on delete cascade,
        endpoint text not null,
        p256dh text not null,
        auth text not null,
        -- The token itself, sealed by the key ring: apps tell by it which of their accounts a push is for, and only its hash stands elsewhere.
        access text not null,
        standard integer not null default 0,
        alerts text not null default '{}',
        policy text not null default 'all',
        failures integer not null default 0,
        created_at integer not null
      ) strict;
      create table pushes (
        id integer primary key autoincrement,
        subscription_id integer not null references push_subscriptions on delete cascade,
        notification_id integer not null references notifications on delete cascade,
        attempts integer not null default 0,
        next_at integer not null,
        created_at integer not null,
        unique (subscription_id, notification_id)
      ) strict;

      -- domain: apps -----------------------------------------------------------------------------------------------------------
      -- A code is kept after its use: who shows it again has stolen it, and the token made from it goes.
      alter table codes add column used_at integer;
      alter table codes add column token_id integer references tokens on delete set null;
    `)
  },
}
