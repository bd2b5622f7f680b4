/** Layouts that keep widths of their own (interface.md 2.3). */
export type Band = 'sidebar' | 'beside' | 'wide'
export type Pane = 'sidebar' | 'list'

/** Pixels: least, most, and what it is before anybody has moved it. */
export const LIMITS: Readonly<Record<Pane, { least: number; most: number; first: number }>> = {
  sidebar: { least: 168, most: 320, first: 232 },
  list: { least: 440, most: 720, first: 600 },
}

export const bandOf = (width: number): Band | null => (width >= 1800 ? 'wide' : width >= 1280 ? 'beside' : width >= 900 ? 'sidebar' : null)

/** How wide the panes stand, kept on this computer for each layout. */
export class Panes {
  #widths: Partial<Record<Band, Partial<Record<Pane, number>>>> = $state.raw({})
  #storage: Pick<Storage, 'getItem' | 'setItem'>

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'> = localStorage) {
    this.#storage = storage
    try {
      const kept: unknown = JSON.parse(storage.getItem('burrow.panes') ?? '{}')
      if (typeof kept === 'object' && kept !== null) this.#widths = kept
    } catch {
      // As if nobody had moved anything.
    }
  }

  /** Null while nobody has moved it: then the layout decides. */
  of(band: Band | null, pane: Pane): number | null {
    const width = band === null ? undefined : this.#widths[band]?.[pane]
    return typeof width === 'number' ? clamp(pane, width) : null
  }

  set(band: Band, pane: Pane, width: number): void {
    this.#widths = { ...this.#widths, [band]: { ...this.#widths[band], [pane]: clamp(pane, Math.round(width)) } }
    this.#storage.setItem('burrow.panes', JSON.stringify(this.#widths))
  }
}

const clamp = (pane: Pane, width: number) => Math.min(LIMITS[pane].most, Math.max(LIMITS[pane].least, width))
