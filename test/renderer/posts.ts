import type { Status } from '../../src-renderer/state/entities.ts'

/** A person for tests. */
export const someone = (username: string): Status['account'] =>
  ({
    id: `a-${username}`,
    username,
    acct: `${username}@tide.example`,
    displayName: username.toUpperCase(),
    emojis: [],
    avatar: '',
    avatarStatic: '',
  }) as unknown as Status['account']

/** A post for tests, with what the states look at. */
export const post = (id: string, rest: Partial<Status> = {}): Status =>
  ({
    id,
    createdAt: new Date(Number(id) * 1_000).toISOString(),
    account: someone('bo'),
    content: `<p>${id}</p>`,
    reblog: null,
    inReplyToId: null,
    visibility: 'public',
    favourited: false,
    reblogged: false,
    bookmarked: false,
    favouritesCount: 0,
    reblogsCount: 0,
    mentions: [],
    ...rest,
  }) as unknown as Status

/** A boost of a post. */
export const boost = (id: string, by: string, of: Status): Status => post(id, { account: someone(by), reblog: of as Status['reblog'] })
