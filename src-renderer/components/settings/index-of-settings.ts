import { m } from '../../locales/generated/messages.js'
import type { App } from '../../state/context.ts'
import { to } from '../../state/router.svelte.ts'

/** A setting as search and palette find it: by its name and by what follows from it. */
export interface IndexedSetting {
  id: string
  /** The section of the settings it stands in. */
  section: string
  name: () => string
  what: () => string
}

const of = (section: string, settings: Readonly<Record<string, readonly [() => string, () => string]>>): IndexedSetting[] =>
  Object.entries(settings).map(([id, [name, what]]) => ({ id: `${section}.${id}`, section, name, what }))

/** Every setting, in the order of the sections. Whoever adds a setting to a section adds its line here. */
export function settingsIndex(app: App): IndexedSetting[] {
  return [
    ...of('profile', {
      name: [m.settings_display_name, m.settings_display_name_what],
      bio: [m.settings_bio, m.settings_bio_what],
      fields: [m.settings_fields, m.settings_fields_what],
      locked: [m.settings_locked, m.settings_locked_what],
    }),
    ...of('connection', { address: [m.settings_address, m.settings_address_what] }),
    ...of('posting', {
      visibility: [m.settings_visibility, m.settings_visibility_what],
      thread: [m.settings_thread_visibility, m.settings_thread_visibility_what],
      undo: [m.settings_undo, m.settings_undo_what],
      quotes: [m.settings_quotes, m.settings_quotes_what],
      length: [m.settings_length, m.settings_length_what],
      language: [m.settings_post_language, m.settings_post_language_what],
      detect: [m.settings_detect, m.settings_detect_what],
      format: [m.settings_format, m.settings_format_what],
      alt: [m.settings_alt, m.settings_alt_what],
      sensitive: [m.settings_sensitive, m.settings_sensitive_what],
      presets: [m.settings_presets, m.settings_presets_what],
      spellcheck: [m.settings_spellcheck, m.settings_spellcheck_what],
    }),
    ...of('reading', {
      direction: [m.settings_direction, m.settings_direction_what],
      'live-at-top': [m.settings_live_at_top, m.settings_live_at_top_what],
      boosts: [m.settings_boosts, m.settings_boosts_what],
      'fold-threads': [m.settings_fold_threads, m.settings_fold_threads_what],
      received: [m.settings_everything_received, m.settings_everything_received_what],
      announce: [m.settings_announce_new, m.settings_announce_new_what],
      warnings: [m.settings_expand_warnings, m.settings_expand_warnings_what],
      'open-warnings': [m.settings_open_warnings, m.settings_open_warnings_what],
      media: [m.settings_expand_media, m.settings_expand_media_what],
      'reduced-data': [m.settings_reduced_data, m.settings_reduced_data_what],
      animate: [m.settings_animate, m.settings_animate_what],
      'no-alt': [m.settings_show_no_alt, m.settings_show_no_alt_what],
      'name-emoji': [m.settings_collapse_name_emoji, m.settings_collapse_name_emoji_what],
    }),
    ...(app.desktop ? of('notifications', { notify: [m.settings_notify, m.settings_notify_what] }) : []),
    ...of('computer', {
      metered: [m.settings_metered, m.settings_metered_what],
      'on-metered': [m.settings_on_metered, m.settings_on_metered_what],
      'on-battery': [m.settings_on_battery, m.settings_on_battery_what],
    }),
    ...of('appearance', {
      theme: [m.settings_theme, m.settings_theme_what],
      accent: [m.settings_accent, m.settings_accent_what],
      density: [m.settings_density, m.settings_density_what],
      'text-size': [m.settings_text_size, m.settings_text_size_what],
      font: [m.settings_post_font, m.settings_post_font_what],
      motion: [m.settings_motion, m.settings_motion_what],
      deck: [m.settings_deck, m.settings_deck_what],
    }),
    ...of('keyboard', {
      single: [m.settings_single_keys, m.settings_single_keys_what],
      preset: [m.settings_preset, m.settings_preset_what],
      keys: [m.settings_keys, m.settings_keys_what],
    }),
    ...of('language', { window: [m.settings_window_language, m.settings_window_language_what] }),
    ...of('blocks', {
      door: [m.settings_door, m.settings_door_what],
      servers: [m.settings_servers, m.settings_servers_what],
    }),
    ...of('network', {
      health: [m.settings_health, m.settings_health_what],
      relays: [m.settings_relays, m.settings_relays_what],
    }),
    ...of('data', {
      ...(app.desktop ? { folder: [m.settings_folder, m.settings_folder_what] } : {}),
      diagnostics: [m.data_diagnostics, m.data_diagnostics_what],
      logs: [m.data_logs, m.data_logs_what],
    }),
  ]
}

/** Opens the section and brings the setting into sight, its first control with the focus; `tries` counts frames. */
export function goToSetting(app: App, one: IndexedSetting, tries = 90): void {
  app.router.go(to.settings(one.section))
  const wanted = one.name()
  const look = (left: number) => {
    const name = [...document.querySelectorAll<HTMLElement>('.setting > .name')].find((element) => element.textContent?.trim() === wanted)
    const setting = name?.closest<HTMLElement>('.setting')
    if (setting) {
      setting.scrollIntoView({ block: 'center' })
      setting.querySelector<HTMLElement>('button:not([tabindex="-1"]), input, a[href]')?.focus({ preventScroll: true })
    } else if (left > 0) requestAnimationFrame(() => look(left - 1))
  }
  requestAnimationFrame(() => look(tries))
}
