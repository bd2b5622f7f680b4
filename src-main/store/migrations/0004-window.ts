import type { Migration } from './migration.ts'

/** What the window keeps besides what apps know of: labels, saved searches, catch-ups, versions of drafts, posts held for a moment before they go. */
export const window: Migration = {
  number: 4,
  name: 'window',
  up(db) {
    db.exec(`
      -- domain: reading --------------------------------------------------------------------------------------------------------
      -- The owner's own folders for bookmarks; nobody else ever hears of them.
      create table labels (id integer primary key, name text not null unique collate nocase, position integer not null, created_at integer not null) strict;
      create table post_labels (
        label_id integer not null references labels on delete cascade,
        post_id integer not null references posts on delete cascade,
        created_at integer not null,
        primary key (label_id, post_id)
      ) strict, without rowid;
      create index post_labels_post on post_labels (post_id);

      -- Whether a list shows what its members boost.
      alter table lists add column boosts integer not null default 1;

      create table saved_searches (id integer primary key, name text not null, query text not null, position integer not null, created_at integer not null) strict;
      -- What was searched for, newest first by used_at; the owner can clear it.
      create table recent_searches (query text primary key, used_at integer not null) strict;

      -- Catch-ups, the last three of them. from_at and to_at: the posts between; state: JSON of the window (sort, filters, authors that are done).
      create table catch_ups (
        id integer primary key,
        from_at integer not null,
        to_at integer not null,
        state text not null default '{}',
        finished_at integer,
        created_at integer not null
      ) strict;

      -- domain: writing --------------------------------------------------------------------------------------------------------
      -- The further posts of a thread (JSON), and the time chosen for it.
      alter table drafts add column parts text;
      alter table drafts add column scheduled_at integer;
      -- Posts that wait for second thoughts. input: JSON of domain/held.ts; problem: why it did not go.
      create table held (
        id integer primary key,
        draft_id text not null references drafts on delete cascade,
        until integer not null,
        input text not null,
        token_id integer not null,
        key text not null,
        problem text,
        created_at integer not null
      ) strict;
      create index held_draft on held (draft_id);
      -- The owner has said that it may go although it has waited for long.
      alter table outgoing add column approved integer not null default 0;
      -- Former versions of a draft. input: JSON of the draft as it was.
      create table draft_versions (
        id integer primary key,
        draft_id text not null references drafts on delete cascade,
        input text not null,
        saved_at integer not null
      ) strict;
      create index draft_versions_draft on draft_versions (draft_id, saved_at);
    `)
  },
}
