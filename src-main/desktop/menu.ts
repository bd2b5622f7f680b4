import type * as E from 'electron'
import type { Words } from './words.ts'

export type MenuActions = { write: () => void; openDataFolder: () => void }
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
      { role: 'resetZoom', label: words('menu_actual_size') },
      { role: 'zoomIn', label: words('menu_zoom_in') },
      { role: 'zoomOut', label: words('menu_zoom_out') },
      line,
      { role: 'togglefullscreen', label: words('menu_full_screen') },
      { role: 'toggleDevTools', label: words('menu_developer_tools') },
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
  return [...(mac ? [application] : []), file, edit, view, windows, help]
}

export type Clicked = Pick<E.ContextMenuParams, 'isEditable' | 'selectionText' | 'linkURL' | 'editFlags' | 'dictionarySuggestions'>
export type ContextActions = { copyLink: (url: string) => void; replaceWord: (word: string) => void }

/** The menu under the pointer: what can be done with what is there; empty if nothing can. */
export function contextMenu(clicked: Clicked, words: Words, actions: ContextActions): Item[] {
  const { isEditable, selectionText, linkURL, editFlags } = clicked
  const items: Item[] = []
  if (isEditable) {
    for (const word of clicked.dictionarySuggestions) items.push({ label: word, click: () => actions.replaceWord(word) })
    if (items.length > 0) items.push(line)
    items.push({ role: 'cut', label: words('menu_cut'), enabled: editFlags.canCut })
  }
  if (isEditable || selectionText.trim() !== '') items.push({ role: 'copy', label: words('menu_copy'), enabled: editFlags.canCopy })
  if (isEditable) items.push({ role: 'paste', label: words('menu_paste'), enabled: editFlags.canPaste })
  if (/^https?:/.test(linkURL)) items.push({ label: words('menu_copy_link'), click: () => actions.copyLink(linkURL) })
  if (isEditable) items.push(line, { role: 'selectAll', label: words('menu_select_all'), enabled: editFlags.canSelectAll })
  return items
}
