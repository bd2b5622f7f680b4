import type { Component } from 'svelte'
import IconEnvelope from '~icons/ph/envelope-simple'
import IconGlobe from '~icons/ph/globe-simple'
import IconLock from '~icons/ph/lock-simple'
import IconMoon from '~icons/ph/moon'
import { m } from '../../locales/generated/messages.js'
import type { Visibility } from '../../state/entities.ts'

/** Who can see a post, widest first. */
export const visibilities: Visibility[] = ['public', 'unlisted', 'private', 'direct']

const known: Record<Visibility, { icon: Component; name: () => string; hint: () => string }> = {
  public: { icon: IconGlobe, name: m.visibility_public, hint: m.compose_hint_public },
  unlisted: { icon: IconMoon, name: m.visibility_unlisted, hint: m.compose_hint_unlisted },
  private: { icon: IconLock, name: m.visibility_private, hint: m.compose_hint_private },
  direct: { icon: IconEnvelope, name: m.visibility_direct, hint: m.compose_hint_direct },
}

/** Icon, name and consequence of a visibility; call the words in a template so that they follow the language. */
export const visibilityOf = (visibility: Visibility) => known[visibility]
