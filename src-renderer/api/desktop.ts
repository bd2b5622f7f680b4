import type { DesktopApi } from '../../src-main/desktop/contract.ts'

export type { DesktopApi }

/** The verbs of the desktop shell; null in a browser, where everything works without them. */
export const desktop: DesktopApi | null = (typeof window === 'undefined' ? undefined : window.burrow) ?? null
