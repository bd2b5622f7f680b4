/** How the owner and others stand to each other, for other rooms: one door to following, blocks, mutes and notes. */
export { block, blockById, mute, note, receiveBlock, receiveUnblock, unblock, unmute } from './blocks.ts'
export {
  authorize,
  follow,
  followBetween,
  followById,
  receiveAccept,
  receiveFollow,
  receiveReject,
  receiveUndoFollow,
  reject,
  removeFollower,
  unfollow,
} from './following.ts'
export type { Block } from './blocks.ts'
export type { Follow } from './following.ts'
