import type * as E from 'electron'
import type { Words } from './words.ts'

export type MenuActions = {
  write: () => void
  openDataFolder: () => void
  /** A place of the window, such as `/home`. */
  go: (route: string) => void
  zoom: (direction: 'in' | 'out' | 'reset') => void
}
type Item = E.MenuItemConstructorOptions

const line: Item = { type: 'separator' }

/** The application menu: roles do the work, words are ours because Electron knows only English ones on Windows and Linux. */
export function applicationMenu(platform: string, words: Words, actions: MenuActions): Item[] {
  const mac = platform === 'darwin'
  const application: Item = {
    label: 'Burrow',
    submenu: [
      { role: 'about', label: words('menu_about') },
      line,
      { label: words('menu_settings'), accelerator: 'Cmd+,', click: () => actions.go('/settings') },
      line,
      { role: 'services', label: words('menu_services') },
      line,
      { role: 'hide', label: words('menu_hide') },
      { role: 'hideOthers', label: words('menu_hide_others') },
      { role: 'unhide', label: words('menu_show_all') },
      line,
      { role: 'quit', label: words('menu_quit') },
    ],
  }
  const file: Item = {
    label: words('menu_file'),
    submenu: [
      { label: words('menu_new_post'), accelerator: 'CmdOrCtrl+N', click: actions.write },
      line,
      ...(mac ? [] : [{ label: words('menu_settings'), accelerator: 'Ctrl+,', click: () => actions.go('/settings') } satisfies Item, line]),
      { role: 'close', label: words('menu_close') },
      ...(mac ? [] : [{ role: 'quit', label: words('menu_quit'), accelerator: 'Ctrl+Q' } satisfies Item]),
    ],
  }
  const edit: Item = {
    label: words('menu_edit'),
    submenu: [
      { role: 'undo', label: words('menu_undo') },
      { role: 'redo', label: words('menu_redo') },
      line,
      { role: 'cut', label: words('menu_cut') },
      { role: 'copy', label: words('menu_copy') },
      { role: 'paste', label: words('menu_paste') },
      { role: 'selectAll', label: words('menu_select_all') },
    ],
  }
  const view: Item = {
    label: words('menu_view'),
    submenu: [
      { role: 'reload', label: words('menu_reload') },
      line,
      { label: words('menu_actual_size'), accelerator: 'CmdOrCtrl+0', click: () => actions.zoom('reset') },
      { label: words('menu_zoom_in'), accelerator: 'CmdOrCtrl+Plus', click: () => actions.zoom('in') },
      // On many keyboards the plus sign shares its key with the equals sign.
      {
        label: words('menu_zoom_in'),
        accelerator: 'CmdOrCtrl+=',
        visible: false,
        acceleratorWorksWhenHidden: true,
        click: () => actions.zoom('in'),
      },
      { label: words('menu_zoom_out'), accelerator: 'CmdOrCtrl+-', click: () => actions.zoom('out') },
      line,
      { role: 'togglefullscreen', label: words('menu_full_screen') },
      { role: 'toggleDevTools', label: words('menu_developer_tools') },
    ],
  }
  const places: Item = {
    label: words('menu_go'),
    submenu: [
      { label: words('menu_go_home'), click: () => actions.go('/home') },
      { label: words('menu_go_catchup'), click: () => actions.go('/catchup') },
      { label: words('menu_go_notifications'), click: () => actions.go('/notifications') },
      { label: words('menu_go_conversations'), click: () => actions.go('/conversations') },
      { label: words('menu_go_search'), click: () => actions.go('/search') },
      line,
      { label: words('menu_go_bookmarks'), click: () => actions.go('/bookmarks') },
      { label: words('menu_go_outbox'), click: () => actions.go('/outbox') },
    ],
  }
  const windows: Item = {
    label: words('menu_window'),
    role: 'window',
    submenu: [
      { role: 'minimize', label: words('menu_minimise') },
      ...(mac ? [line, { role: 'front', label: words('menu_bring_to_front') } satisfies Item] : []),
    ],
  }
  const help: Item = {
    label: words('menu_help'),
    role: 'help',
    submenu: [
      { label: words('menu_data_folder'), click: actions.openDataFolder },
      ...(mac ? [] : [line, { role: 'about', label: words('menu_about') } satisfies Item]),
    ],
  }
  return [...(mac ? [application] : []), file, edit, view, places, windows, help]
}

export type Clicked = Pick<
  E.ContextMenuParams,
  'isEditable' | 'selectionText' | 'linkURL' | 'editFlags' | 'dictionarySuggestions' | 'misspelledWord' | 'mediaType' | 'srcURL'
>
export type ContextActions = {
  copyLink: (url: string) => void
  openLink: (url: string) => void
  replaceWord: (word: string) => void
  learnWord: (word: string) => void
  copyImage: () => void
  saveImage: (url: string) => void
}

/** The menu under the pointer: what can be done with what is there; empty if nothing can. */
export function contextMenu(clicked: Clicked, words: Words, actions: ContextActions): Item[] {
  const { isEditable, selectionText, linkURL, editFlags } = clicked
  const items: Item[] = []
  if (isEditable) {
    for (const word of clicked.dictionarySuggestions) items.push({ label: word, click: () => actions.replaceWord(word) })
    if (clicked.misspelledWord !== '') items.push({ label: words('menu_learn'), click: () => actions.learnWord(clicked.misspelledWord) })
    if (items.length > 0) items.push(line)
    items.push({ role: 'cut', label: words('menu_cut'), enabled: editFlags.canCut })
  }
  if (isEditable || selectionText.trim() !== '') items.push({ role: 'copy', label: words('menu_copy'), enabled: editFlags.canCopy })
  if (isEditable) items.push({ role: 'paste', label: words('menu_paste'), enabled: editFlags.canPaste })
  if (/^https?:/.test(linkURL))
    items.push(
      { label: words('menu_open_link'), click: () => actions.openLink(linkURL) },
      { label: words('menu_copy_link'), click: () => actions.copyLink(linkURL) },
    )
  if (clicked.mediaType === 'image' && clicked.srcURL !== '') {
    if (items.length > 0) items.push(line)
    items.push(
      { label: words('menu_copy_image'), click: actions.copyImage },
      { label: words('menu_save_image'), click: () => actions.saveImage(clicked.srcURL) },
    )
  }
  if (isEditable) items.push(line, { role: 'selectAll', label: words('menu_select_all'), enabled: editFlags.canSelectAll })
  return items
}
