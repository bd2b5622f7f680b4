/**
 * True when a press on a row means the row itself: not one of its controls, not the end of selecting text, not a second button.
 * The keyboard has Enter for the same.
 */
export function meansRow(event: MouseEvent): boolean {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return false
  if (event.target instanceof Element && event.target.closest('a, button, input, label, video, audio, dialog, [popover]')) return false
  return document.getSelection()?.isCollapsed !== false
}
