import { m } from '../../locales/generated/messages.js'
import type { Command, CommandGroup } from '../../state/commands.svelte.ts'

const asleep = (id: string, group: CommandGroup, keys: string[], label: () => string): Command => ({
  id,
  group,
  keys,
  label,
  run: () => false,
})

/** Commands of views that may not have been opened yet, so that they can be given other keys all the same. */
export const sleepingCommands = (): Command[] => [
  asleep('home.new', 'move', ['.'], m.command_new_posts),
  asleep('home.top', 'move', ['0'], m.command_top),
  asleep('home.unread', 'move', ['u'], m.command_unread_line),
  asleep('home.gap', 'move', ['l'], m.command_gap),
  asleep('move.skip-next', 'move', ['J'], m.command_skip_next),
  asleep('move.skip-previous', 'move', ['K'], m.command_skip_previous),
  asleep('view.find', 'move', ['Ctrl+f'], m.command_find),
  asleep('catchup.next', 'move', ['l'], m.catchup_command_next),
  asleep('catchup.previous', 'move', ['h'], m.catchup_command_previous),
  asleep('catchup.done', 'post', ['a'], m.catchup_command_done),
]
