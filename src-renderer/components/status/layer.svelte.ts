import { untrack } from 'svelte'
import type { App } from '../../state/context.ts'
import type { Layer } from '../../state/router.svelte.ts'

/** Gives what lies over the view a step of its own in the history, so that Back closes it. Called while its component is made. */
export function layOver(app: App, layer: Layer, close: () => void): void {
  $effect(() => untrack(() => app.router.lay(layer)))
  $effect(() => {
    if (app.router.layer !== layer) untrack(close)
  })
}
