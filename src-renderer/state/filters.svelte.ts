import type { FilterPreview, FilterTotals } from '../../src-main/owner-api/contract.ts'
import { failureOf, type Filter } from '../api/mastodon.ts'
import { m } from '../locales/generated/messages.js'
import type { Ground } from './ground.ts'
import { wordsFor } from './posts.svelte.ts'

export type FilterContext = 'home' | 'notifications' | 'public' | 'thread' | 'account'
export type FilterAction = 'warn' | 'hide' | 'blur'
export const CONTEXTS: readonly FilterContext[] = ['home', 'notifications', 'public', 'thread', 'account']

/** Minutes east of Greenwich: where the days of this computer begin. */
export const dayOffset = (): number => -new Date().getTimezoneOffset()

/** The owner's filters, as apps know them, and what each of them found in the last seven days. */
export class Filters {
  all: Filter[] | null = $state.raw(null)
  totals: FilterTotals | null = $state.raw(null)
  problem: string | null = $state(null)
  #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
    void this.load()
  }

  async load(): Promise<void> {
    const { rest, owner } = this.#ground.session
    await this.#try(async () => {
      this.all = await rest.v2.filters.list()
      this.totals = await owner.filterTotals(dayOffset())
    })
  }

  /** How many posts a filter found on each of the last seven days, today last. */
  found(id: string): readonly number[] | null {
    return this.totals?.filters.find((one) => one.id === id)?.counts ?? null
  }

  async save(form: FilterForm): Promise<boolean> {
    const { rest } = this.#ground.session
    const done = await this.#try(async () => {
      const body = form.body()
      if (form.id === null) await rest.v2.filters.create(body as Parameters<typeof rest.v2.filters.create>[0])
      else await rest.v2.filters.$select(form.id).update(body)
    })
    if (done) await this.load()
    return done
  }

  async remove(filter: Filter): Promise<void> {
    const done = await this.#try(() => this.#ground.session.rest.v2.filters.$select(filter.id).remove())
    if (!done) return
    this.#ground.toasts.show({ text: m.filters_removed({ title: filter.title }) })
    await this.load()
  }

  async #try(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      this.problem = null
      return true
    } catch (error) {
      this.problem = wordsFor(failureOf(error))
      return false
    }
  }
}

interface Word {
  /** Null: not kept yet. */
  id: string | null
  keyword: string
  wholeWord: boolean
}

/** A filter while it is written, with what it would find in what came in this week. */
export class FilterForm {
  readonly id: string | null
  title = $state('')
  action: FilterAction = $state('warn')
  contexts: FilterContext[] = $state([...CONTEXTS])
  words: Word[] = $state([{ id: null, keyword: '', wholeWord: true }])
  /** When it ends: as it is kept, never, or so many seconds from when it is saved. */
  ends: 'kept' | 'never' | number = $state('never')
  readonly keptEnd: string | null
  preview: FilterPreview | null = $state.raw(null)
  looking = $state(false)
  #gone: string[] = []
  #ground: Ground
  #timer: ReturnType<typeof setTimeout> | undefined
  #asked: AbortController | null = null

  constructor(ground: Ground, filter: Filter | null) {
    this.#ground = ground
    this.id = filter?.id ?? null
    this.keptEnd = filter?.expiresAt ?? null
    if (!filter) return
    this.title = filter.title
    this.action = filter.filterAction as FilterAction
    this.contexts = CONTEXTS.filter((one) => (filter.context as string[]).includes(one))
    if (filter.keywords.length > 0) this.words = filter.keywords.map((word) => ({ ...word }))
    this.ends = filter.expiresAt ? 'kept' : 'never'
    this.look(0)
  }

  /** What keeps it from being saved, if anything. A filter of single posts needs no word. */
  get missing(): 'title' | 'place' | 'word' | null {
    if (this.title.trim() === '') return 'title'
    if (this.contexts.length === 0) return 'place'
    return this.words.every((word) => word.keyword.trim() === '') && this.id === null ? 'word' : null
  }

  add(): void {
    this.words = [...this.words, { id: null, keyword: '', wholeWord: true }]
  }

  drop(at: number): void {
    const { id } = this.words[at] ?? {}
    if (id) this.#gone.push(id)
    this.words = this.words.filter((_, index) => index !== at)
    if (this.words.length === 0) this.add()
    this.look(0)
  }

  place(context: FilterContext, on: boolean): void {
    this.contexts = CONTEXTS.filter((one) => (one === context ? on : this.contexts.includes(one)))
  }

  /** Looks what it would have found, a moment after the last change. */
  look(after = 300): void {
    clearTimeout(this.#timer)
    this.#asked?.abort()
    const words = this.words.filter((word) => word.keyword.trim() !== '').map(({ keyword, wholeWord }) => ({ keyword, wholeWord }))
    if (words.length === 0) {
      this.preview = null
      this.looking = false
      return
    }
    this.looking = true
    this.#timer = setTimeout(async () => {
      const asked = new AbortController()
      this.#asked = asked
      try {
        this.preview = await this.#ground.session.owner.previewFilter({ words, offset: dayOffset() }, asked.signal)
      } catch {
        if (asked.signal.aborted) return
        this.preview = null
      }
      if (this.#asked === asked) this.looking = false
    }, after)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#asked?.abort()
  }

  body() {
    const kept = this.words.filter((word) => word.keyword.trim() !== '')
    const emptied = this.words.flatMap((word) => (word.keyword.trim() === '' && word.id !== null ? [word.id] : []))
    return {
      title: this.title.trim(),
      context: [...this.contexts],
      filterAction: this.action,
      ...(this.ends === 'kept' ? {} : { expiresIn: this.ends === 'never' ? null : this.ends }),
      keywordsAttributes: [
        ...kept.map(({ id, keyword, wholeWord }) => ({ ...(id === null ? {} : { id }), keyword: keyword.trim(), wholeWord })),
        ...[...this.#gone, ...emptied].map((id) => ({ id, _destroy: true })),
      ],
    }
  }
}
