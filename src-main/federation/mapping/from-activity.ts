/** What comes in, by subject. */
export { ACTOR_TYPES, keysOf, sameSite, toRemoteAccount } from './actor-in.ts'
export { POST_TYPES, recipientsOf, toSentPost, visibilityOf } from './post-in.ts'
export type { SentMention, SentPost } from './post-in.ts'
