/** Gaps in pixels between a floating sheet, its opener and the edges of the window. */
const GAP = 4
const EDGE = 8

/**
 * Where a sheet of `size` goes so that it hangs below `opener` (above it where there is no room), inside a window of `view`.
 * `end` lines up the inline-end edges. Plain arithmetic on pixels; `rtl` mirrors it.
 */
export function placeBeside(
  opener: { top: number; bottom: number; left: number; right: number },
  size: { width: number; height: number },
  view: { width: number; height: number },
  options: { end: boolean; rtl: boolean },
): { top: number; left: number } {
  const below = opener.bottom + GAP
  const above = opener.top - GAP - size.height
  const fitsBelow = below + size.height <= view.height - EDGE
  const top = fitsBelow || above < EDGE ? Math.min(below, Math.max(EDGE, view.height - EDGE - size.height)) : above
  const alignRight = options.end !== options.rtl
  const wanted = alignRight ? opener.right - size.width : opener.left
  const left = Math.max(EDGE, Math.min(wanted, view.width - EDGE - size.width))
  return { top, left }
}

/** Puts a shown popover beside its opener and keeps it there while the window changes size. Returns the way to stop. */
export function keepBeside(sheet: HTMLElement, opener: HTMLElement, end: boolean): () => void {
  const place = () => {
    const { top, left } = placeBeside(
      opener.getBoundingClientRect(),
      { width: sheet.offsetWidth, height: sheet.offsetHeight },
      { width: document.documentElement.clientWidth, height: document.documentElement.clientHeight },
      { end, rtl: getComputedStyle(opener).direction === 'rtl' },
    )
    sheet.style.insetBlockStart = `${top}px`
    sheet.style.left = `${left}px`
  }
  place()
  addEventListener('resize', place)
  return () => removeEventListener('resize', place)
}
