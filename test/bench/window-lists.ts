import type { CDPSession, Page } from 'playwright-core'
import { megabytes, percentile } from './report.ts'
import type { Seat } from './window.ts'

interface Sample {
  deltas: number[]
  longTasks: number
  blanks: number
  longestBlank: number
}

/** Frames for so long, moving the list at `speed` pixels a second (0: idle); `hits`: whether the middle of the list shows a row. */
const frames = (page: Page, seconds: number, speed: number, hits = false): Promise<Sample> =>
  page.evaluate(
    async ({ milliseconds, speed, hits }) => {
      const scroller = document.querySelector('main .pane-scroll') as HTMLElement
      const box = scroller.getBoundingClientRect()
      const middle = box.top + box.height / 2
      let longTasks = 0
      const observer = new PerformanceObserver((list) => (longTasks += list.getEntries().length))
      observer.observe({ type: 'longtask' })
      const deltas: number[] = []
      let blanks = 0
      let blankSince: number | null = null
      let longestBlank = 0
      const frame = () => new Promise<number>(requestAnimationFrame)
      let last = await frame()
      const begin = last
      while (last - begin < milliseconds) {
        const now = await frame()
        deltas.push(now - last)
        if (speed !== 0) scroller.scrollTop += (speed * (now - last)) / 1000
        last = now
        if (!hits) continue
        const covered = [...scroller.querySelectorAll<HTMLElement>('[data-row]')].some((row) => {
          const rect = row.getBoundingClientRect()
          return rect.top <= middle && rect.bottom >= middle && row.checkVisibility({ visibilityProperty: true })
        })
        if (!covered) {
          blanks++
          blankSince ??= now
        } else if (blankSince !== null) {
          longestBlank = Math.max(longestBlank, now - blankSince)
          blankSince = null
        }
      }
      observer.disconnect()
      return { deltas, longTasks, blanks, longestBlank }
    },
    { milliseconds: seconds * 1000, speed, hits },
  )

const over25 = ({ deltas }: Sample) => (deltas.filter((delta) => delta > 25).length / deltas.length) * 100
const p95 = ({ deltas }: Sample) => percentile(deltas, 95)

/** Scrolling, drift, restoring, elements, memory. */
export async function measureLists(seat: Seat): Promise<void> {
  const { page } = seat.browser
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable')
  await page.waitForTimeout(1_000)
  await scrolling(seat, devtools)
  await heights(seat)
  await prepends(seat)
  await restoring(seat)
  await memory(seat, await page.context().newCDPSession(page))
}

async function scrolling({ browser: { page }, report, quick }: Seat, devtools: CDPSession): Promise<void> {
  const name = 'window, scrolling'
  const rounds = quick ? 1 : 3
  const seconds = quick ? 4 : 10
  const runs: { idle: Sample; moved: Sample; slowIdle: Sample; slow: Sample; fling: Sample }[] = []
  for (let round = 0; round < rounds; round++) {
    const idle = await frames(page, 4, 0)
    const moved = await frames(page, seconds, 1_500)
    const fling = await frames(page, 3, 6_000, true)
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 })
    const slowIdle = await frames(page, 3, 0)
    const slow = await frames(page, seconds / 2, 1_500)
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 })
    runs.push({ idle, moved, slowIdle, slow, fling })
  }
  const median = (pick: (run: (typeof runs)[number]) => number) => percentile(runs.map(pick), 50)
  report.add({ case: name, what: 'idle, frame p95', value: median(({ idle }) => p95(idle)), unit: 'ms' })
  report.add({ case: name, what: 'idle, frames over 25 ms', value: median(({ idle }) => over25(idle)), unit: '%' })
  report.add({ case: name, what: '1,500 px/s, frame p95', value: median(({ moved }) => p95(moved)), unit: 'ms' })
  report.add({
    case: name,
    what: '1,500 px/s, p95 to idle',
    value: median(({ idle, moved }) => p95(moved) / p95(idle)),
    unit: '×',
    aim: '≤ 1.25 ×',
  })
  report.add({
    case: name,
    what: '1,500 px/s, frames over 25 ms above idle',
    value: median(({ idle, moved }) => over25(moved) - over25(idle)),
    unit: 'pp',
    aim: '≤ 2 pp',
  })
  report.add({ case: name, what: '1,500 px/s, long tasks', value: median(({ moved }) => moved.longTasks), unit: '', aim: '0' })
  report.add({
    case: name,
    what: '1,500 px/s at a quarter of the processor, frames over 25 ms above idle',
    value: median(({ slowIdle, slow }) => over25(slow) - over25(slowIdle)),
    unit: 'pp',
    aim: '≤ 15 pp',
  })
  report.add({
    case: name,
    what: '6,000 px/s, frames whose middle is blank',
    value: median(({ fling }) => (fling.blanks / fling.deltas.length) * 100),
    unit: '%',
    aim: '≤ 1 %',
  })
  report.add({
    case: name,
    what: '6,000 px/s, longest blank',
    value: median(({ fling }) => fling.longestBlank),
    unit: 'ms',
    aim: '≤ 100 ms',
  })
}

/** Takes from the list its way to correct the scroll position: what it then drifts by says that the measure can fail. */
const uncorrected = (page: Page, on: boolean) =>
  page.evaluate((off) => {
    const scroller = document.querySelector('main .pane-scroll') as HTMLElement
    if (!off) {
      for (const key of ['scrollTop', 'scrollTo', 'scrollBy']) Reflect.deleteProperty(scroller, key)
      return
    }
    const native = Object.getOwnPropertyDescriptor(Element.prototype, 'scrollTop') as PropertyDescriptor
    Object.defineProperty(scroller, 'scrollTop', {
      configurable: true,
      get: () => native.get?.call(scroller) as number,
      set: () => undefined,
    })
    Object.assign(scroller, { scrollTo: () => undefined, scrollBy: () => undefined })
  }, on)

/** Lets a page wait until a frame has been painted: sizes are told, and positions corrected, after its callbacks have run. */
const teachPainted = (page: Page) =>
  page.evaluate(() => {
    Object.assign(globalThis, {
      painted: () =>
        new Promise<void>((resolve) => {
          requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel()
            port1.onmessage = () => resolve()
            port2.postMessage(null)
          })
        }),
    })
  })
type Painting = typeof globalThis & { painted: () => Promise<void> }

/** How far the first row in sight moves in ten frames when a row above it grows; null when there was none above. */
const growth = (page: Page, back: number) =>
  page.evaluate(async (back) => {
    const scroller = document.querySelector('main .pane-scroll') as HTMLElement
    const edge = scroller.getBoundingClientRect().top
    const rows = [...scroller.querySelectorAll<HTMLElement>('[data-row]')].toSorted(
      (a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top,
    )
    const seen = rows.findIndex((row) => row.getBoundingClientRect().top >= edge)
    const [anchor, above] = [rows[seen], rows[seen - back]]
    const inner = above?.firstElementChild
    if (!anchor || !(inner instanceof HTMLElement) || above === rows[0]) return null
    const before = anchor.getBoundingClientRect().top
    inner.style.paddingBlockEnd = '240px'
    let most = 0
    for (let frame = 0; frame < 10; frame++) {
      await (globalThis as Painting).painted()
      most = Math.max(most, Math.abs(anchor.getBoundingClientRect().top - before))
    }
    inner.style.paddingBlockEnd = ''
    for (let frame = 0; frame < 4; frame++) await new Promise(requestAnimationFrame)
    return most
  }, back)

async function heights({ browser: { page }, report }: Seat): Promise<void> {
  await teachPainted(page)
  const name = 'window, drift'
  const drifts: number[] = []
  for (let position = 0; position < 6; position++) {
    await page.evaluate(() => {
      const scroller = document.querySelector('main .pane-scroll') as HTMLElement
      scroller.scrollTop -= 700
    })
    await page.waitForTimeout(400)
    const drift = await growth(page, 2)
    if (drift !== null) drifts.push(drift)
  }
  report.add({
    case: name,
    what: `a post above grows by 240 px, worst of ${drifts.length} × 10 frames`,
    value: Math.max(...drifts),
    unit: 'px',
    aim: '≤ 1 px',
  })
  await uncorrected(page, true)
  const control = await growth(page, 2)
  await uncorrected(page, false)
  report.add({ case: name, what: 'the same without correction (must fail)', value: control ?? NaN, unit: 'px', aim: '> 1 px' })
}

/** How far the first row in sight moves while a page of newer posts comes in above; null when none came. */
const prepend = (page: Page) =>
  page.evaluate(async () => {
    const scroller = document.querySelector('main .pane-scroll') as HTMLElement
    const feed = scroller.querySelector('[role="feed"]') as HTMLElement
    const tall = () => scroller.scrollHeight
    scroller.scrollTop = scroller.clientHeight
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame)
    const edge = scroller.getBoundingClientRect().top
    const anchor = [...feed.querySelectorAll<HTMLElement>('[data-row]')]
      .filter((row) => row.getBoundingClientRect().top >= edge)
      .toSorted((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)[0]
    if (!anchor) return null
    const key = anchor.dataset['row'] ?? ''
    const before = anchor.getBoundingClientRect().top
    const height = tall()
    let most = 0
    let came = -1
    for (let frame = 0; frame < 240 && (came < 0 || frame < came + 10); frame++) {
      await (globalThis as Painting).painted()
      if (came < 0 && tall() > height + 1_000) came = frame
      const now = feed.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`)
      most = Math.max(most, now ? Math.abs(now.getBoundingClientRect().top - before) : 10_000)
    }
    return came < 0 ? null : most
  })

async function prepends({ browser: { page }, burrow, report }: Seat): Promise<void> {
  const name = 'window, drift'
  // A place far down: on the way up newer posts come in above, forty at a time.
  await startFarDown(page, burrow, 700)
  await teachPainted(page)
  const drifts: number[] = []
  for (let round = 0; round < 10; round++) {
    const drift = await prepend(page)
    if (drift !== null) drifts.push(drift)
    await page.waitForTimeout(150)
  }
  report.add({
    case: name,
    what: `40 posts come in above, worst of ${drifts.length} times, every frame`,
    value: drifts.length > 0 ? Math.max(...drifts) : NaN,
    unit: 'px',
    aim: '≤ 1 px',
  })
  await page.evaluate(() => {
    const scroller = document.querySelector('main .pane-scroll') as HTMLElement
    scroller.scrollTop = scroller.clientHeight * 3
  })
  await page.waitForTimeout(300)
  const control = await controlledPrepend(page)
  report.add({ case: name, what: 'the same without correction (must fail)', value: control ?? NaN, unit: 'px', aim: '> 1 px' })
}

/** As `prepend`, with the corrections taken away once the list stands near its start. */
async function controlledPrepend(page: Page): Promise<number | null> {
  await page.evaluate(() => {
    const scroller = document.querySelector('main .pane-scroll') as HTMLElement
    const native = Object.getOwnPropertyDescriptor(Element.prototype, 'scrollTop') as PropertyDescriptor
    let free = 1
    Object.defineProperty(scroller, 'scrollTop', {
      configurable: true,
      get: () => native.get?.call(scroller) as number,
      set: (value: number) => {
        if (free-- > 0) native.set?.call(scroller, value)
      },
    })
    Object.assign(scroller, { scrollTo: () => undefined, scrollBy: () => undefined })
  })
  const drift = await prepend(page)
  await uncorrected(page, false)
  return drift
}

async function startFarDown(page: Page, burrow: Seat['burrow'], posts: number): Promise<void> {
  let below = ''
  let anchor = ''
  for (let seen = 0; seen < posts; seen += 40) {
    const list = await burrow.ask<{ id: string }[]>('GET', `/api/v1/timelines/home?limit=40${below}`)
    anchor = list.at(-1)?.id ?? ''
    below = `&max_id=${anchor}`
  }
  await page.goto('about:blank')
  await burrow.ask('PUT', '/api/owner/places/home.browser', {
    anchorId: anchor,
    offsetPx: -40,
    focusedId: null,
    lastSeenId: anchor,
    savedAt: new Date().toISOString(),
  })
  await page.goto(`http://127.0.0.1:${burrow.ownerPort}/app/home`)
  await page.waitForSelector('main .post')
  await page.waitForTimeout(1_000)
}

/** The instance is started anew, and the window with it: where the anchor stands in every frame from its first. */
async function restoring({ browser: { page }, burrow, report }: Seat): Promise<void> {
  const name = 'window, restore'
  await startFarDown(page, burrow, 400)
  await page.evaluate(() => {
    const scroller = document.querySelector('main .pane-scroll') as HTMLElement
    scroller.scrollTop += 1_234
  })
  await page.waitForTimeout(1_500)
  const before = await page.evaluate(() => {
    const scroller = document.querySelector('main .pane-scroll') as HTMLElement
    const edge = scroller.getBoundingClientRect().top
    const row = [...scroller.querySelectorAll<HTMLElement>('[data-row]')].find((one) => one.getBoundingClientRect().top >= edge)
    return { key: row?.dataset['row'] ?? '', top: row?.getBoundingClientRect().top ?? 0 }
  })
  await page.goto('about:blank')
  await burrow.stop()
  await burrow.start()
  await page.addInitScript((key: string) => {
    const tops: { at: number; top: number }[] = []
    Object.assign(globalThis, { tops })
    const look = () => {
      const row = document.querySelector<HTMLElement>(`[data-row="${key}"]`)
      if (row?.checkVisibility({ visibilityProperty: true })) tops.push({ at: performance.now(), top: row.getBoundingClientRect().top })
      if (tops.length < 600) requestAnimationFrame(next)
    }
    // After each frame has been painted.
    const next = () => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = look
      port2.postMessage(null)
    }
    requestAnimationFrame(next)
  }, before.key)
  await page.goto(`http://127.0.0.1:${burrow.ownerPort}/app/home`)
  await page.waitForSelector('main .post')
  await page.waitForTimeout(2_500)
  const tops = await page.evaluate(() => (globalThis as unknown as { tops: { at: number; top: number }[] }).tops)
  const begin = tops[0]?.at ?? NaN
  const later = tops.find(({ at }) => at >= begin + 1_000)
  report.add({
    case: name,
    what: 'first frame in which the post is seen, drift',
    value: Math.abs((tops[0]?.top ?? NaN) - before.top),
    unit: 'px',
    aim: '≤ 1 px',
  })
  report.add({ case: name, what: 'one second later, drift', value: Math.abs((later?.top ?? NaN) - before.top), unit: 'px', aim: '≤ 1 px' })
}

const heapOf = async (devtools: CDPSession): Promise<number> => {
  await devtools.send('HeapProfiler.enable')
  await devtools.send('HeapProfiler.collectGarbage')
  await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  return megabytes(usedSize)
}
const elements = (page: Page) =>
  page.evaluate(() => {
    const column = document.querySelector('main .pane-scroll') as HTMLElement
    const posts = column.querySelectorAll('article.post')
    let inPosts = 0
    for (const post of posts) inPosts += post.querySelectorAll('*').length + 1
    return { column: column.querySelectorAll('*').length, each: inPosts / Math.max(1, posts.length) }
  })

async function memory({ browser: { page, requests }, burrow, report, quick }: Seat, devtools: CDPSession): Promise<void> {
  const name = 'window, memory'
  await page.goto('about:blank')
  await burrow.ask('PUT', '/api/owner/places/home.browser', { anchorId: null, offsetPx: 0, focusedId: null, lastSeenId: null })
  await page.goto(`http://127.0.0.1:${burrow.ownerPort}/app/home`)
  await page.waitForSelector('main .post')
  await page.waitForTimeout(1_500)
  report.add({ case: name, what: 'heap after load', value: await heapOf(devtools), unit: 'MiB', aim: '≤ 40 MiB' })
  const few = await elements(page)
  const pages = quick ? 60 : 250
  const asked = () => requests.filter((url) => url.includes('/api/v1/timelines/home') && url.includes('max_id')).length
  const from = asked()
  for (let step = 0; asked() - from < pages && step < pages * 40; step++) {
    await page.evaluate(async () => {
      const scroller = document.querySelector('main .pane-scroll') as HTMLElement
      scroller.scrollTop += scroller.clientHeight * 1.5
      await new Promise(requestAnimationFrame)
      await new Promise(requestAnimationFrame)
    })
  }
  await page.waitForTimeout(1_000)
  const passed = (asked() - from) * 40
  report.add({ case: name, what: `heap after ${passed} posts`, value: await heapOf(devtools), unit: 'MiB', aim: '≤ 90 MiB' })
  const many = await elements(page)
  report.add({ case: name, what: 'elements of a post, mean', value: many.each, unit: '', aim: '≤ 60' })
  report.add({ case: name, what: 'elements of the column', value: many.column, unit: '', aim: '≤ 2,500' })
  report.add({
    case: name,
    what: `elements of the column, ${passed} posts to 40`,
    value: many.column / few.column,
    unit: '×',
    aim: '0.9 to 1.1 ×',
  })
  const cycle = async () => {
    for (const path of ['notifications', 'search', 'bookmarks', 'favourites', 'home']) {
      await page.evaluate((to) => {
        const link = document.createElement('a')
        link.href = to
        document.querySelector('#app')?.append(link)
        link.click()
        link.remove()
      }, `/app/${path}`)
      await page.waitForTimeout(250)
    }
  }
  for (let round = 0; round < 2; round++) await cycle()
  const before = await heapOf(devtools)
  for (let round = 0; round < 10; round++) await cycle()
  const after = await heapOf(devtools)
  report.add({ case: name, what: 'heap over ten rounds of five views', value: (after / before - 1) * 100, unit: '%', aim: '≤ 5 %' })
}
