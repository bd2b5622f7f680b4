import type { Page } from 'playwright-core'
import { percentile } from './report.ts'
import type { Seat } from './window.ts'

/** What the hands do: keys, the palette, a thread, typing, searching. */
export async function measureDeeds(seat: Seat): Promise<void> {
  let broken: unknown = null
  for (const measure of [keys, thread, palette, typing, searching]) {
    try {
      await measure(seat)
    } catch (error) {
      process.stderr.write(`window, ${measure.name} broke: ${error instanceof Error ? error.message : String(error)}\n`)
      broken = error
      await seat.browser.page.goto(`http://127.0.0.1:${seat.burrow.ownerPort}/app/home`)
      await seat.browser.page.waitForSelector('main .post')
    }
  }
  if (broken !== null) throw new Error('One of the deeds could not be measured', { cause: broken })
}

/** Milliseconds from a key to the first moment at which `there` finds something new, one for each press. */
async function after(page: Page, press: () => Promise<void>, selector: string): Promise<number> {
  await page.evaluate((there) => {
    const state = { from: 0, took: -1 }
    Object.assign(globalThis, { state })
    addEventListener('keydown', (event) => (state.from ||= event.timeStamp), { capture: true, once: true })
    addEventListener('input', (event) => (state.from ||= event.timeStamp), { capture: true, once: true })
    const look = () => {
      const found = [...document.querySelectorAll<HTMLElement>(there)].some((one) => one.checkVisibility({ visibilityProperty: true }))
      if (!found || state.from === 0) return
      state.took = performance.now() - state.from
      observer.disconnect()
    }
    const observer = new MutationObserver(look)
    observer.observe(document.documentElement, { subtree: true, childList: true, attributes: true })
  }, selector)
  await press()
  await page.waitForFunction(() => (globalThis as unknown as { state: { took: number } }).state.took >= 0, null, { timeout: 10_000 })
  return page.evaluate(() => (globalThis as unknown as { state: { took: number } }).state.took)
}

async function keys({ browser: { page }, report, quick }: Seat): Promise<void> {
  const name = 'window, keys'
  await page.evaluate(() => {
    const moved: number[] = []
    const events: number[] = []
    Object.assign(globalThis, { moved, events })
    let from = 0
    addEventListener('keydown', (event) => (from = event.timeStamp), true)
    addEventListener(
      'focusin',
      () => {
        if (from > 0) moved.push(performance.now() - from)
        from = 0
      },
      true,
    )
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.name === 'keydown') events.push(entry.duration)
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
  })
  const presses = quick ? 60 : 200
  for (let press = 0; press < presses; press++) {
    await page.keyboard.press('j')
    await page.waitForTimeout(30)
  }
  await page.waitForTimeout(500)
  const { moved, events } = await page.evaluate(() => {
    const { moved, events } = globalThis as unknown as { moved: number[]; events: number[] }
    return { moved, events }
  })
  report.add({ case: name, what: `j, ${moved.length} times: key to focus, p50`, value: percentile(moved, 50), unit: 'ms' })
  report.add({ case: name, what: 'j: key to focus, p98', value: percentile(moved, 98), unit: 'ms', aim: '≤ 50 ms' })
  // Events under the threshold are not told: they count as 16.
  const all = [...events, ...Array.from({ length: Math.max(0, presses - events.length) }, () => 16)]
  report.add({ case: name, what: 'j: interaction to next paint, p98', value: percentile(all, 98), unit: 'ms', aim: '≤ 100 ms' })
}

async function thread({ browser: { page }, report }: Seat): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < 7; round++) {
    await page.keyboard.press('j')
    await page.waitForTimeout(150)
    times.push(await after(page, () => page.keyboard.press('Enter'), '.post-focus'))
    await page.waitForTimeout(300)
    await page.keyboard.press('Escape')
    await page.waitForTimeout(300)
  }
  report.add({
    case: 'window, keys',
    what: 'a thread from what is here, median of 6',
    value: percentile(times.slice(1), 50),
    unit: 'ms',
    aim: '≤ 100 ms',
  })
}

async function palette({ browser: { page }, report }: Seat): Promise<void> {
  const times: number[] = []
  const found: number[] = []
  for (let round = 0; round < 8; round++) {
    times.push(
      await after(page, () => page.keyboard.press('Control+k'), 'dialog[open] [role="combobox"], [role="dialog"] [role="combobox"]'),
    )
    await page.waitForTimeout(200)
    found.push(await after(page, () => page.keyboard.insertText('settings'), '[role="listbox"] [role="option"]'))
    await page.waitForTimeout(200)
    await page.keyboard.press('Escape')
    await page.waitForTimeout(200)
  }
  const name = 'window, palette'
  report.add({ case: name, what: 'Ctrl+K, the first time', value: times[0] ?? NaN, unit: 'ms' })
  report.add({ case: name, what: 'Ctrl+K, median of 7', value: percentile(times.slice(1), 50), unit: 'ms', aim: '≤ 50 ms' })
  report.add({ case: name, what: 'results, median of 7', value: percentile(found.slice(1), 50), unit: 'ms', aim: '≤ 30 ms' })
}

async function typing({ browser: { page }, report, quick }: Seat): Promise<void> {
  await page.keyboard.press('Escape')
  await page.keyboard.press('n')
  const box = page.locator('textarea:visible').first()
  await box.waitFor()
  const words = 'a letter about the tide and the harbour, written slowly. '
  await box.fill(words.repeat(90).slice(0, 5_000))
  await page.waitForTimeout(1_500)
  await page.evaluate(() => {
    const took: number[] = []
    Object.assign(globalThis, { took })
    let from = 0
    addEventListener('keydown', (event) => (from = event.timeStamp), true)
    document.addEventListener('input', (event) => {
      const target = event.target as HTMLElement
      const begin = from
      queueMicrotask(() => {
        void target.offsetHeight
        took.push(performance.now() - begin)
      })
    })
  })
  const letters = quick ? 60 : 200
  await box.focus()
  await page.keyboard.press('Control+End')
  for (let letter = 0; letter < letters; letter++) {
    await page.keyboard.press(letter % 6 === 5 ? 'Space' : 'e')
    await page.waitForTimeout(20)
  }
  const took = await page.evaluate(() => (globalThis as unknown as { took: number[] }).took)
  report.add({ case: 'window, typing', what: 'a letter at 5,000, p50', value: percentile(took, 50), unit: 'ms', aim: '≤ 16 ms' })
  report.add({ case: 'window, typing', what: 'a letter at 5,000, p95', value: percentile(took, 95), unit: 'ms', aim: '≤ 16 ms' })
  await page.keyboard.press('Escape')
  await page.waitForTimeout(500)
}

async function searching({ browser: { page }, burrow, report }: Seat): Promise<void> {
  const times: number[] = []
  for (const word of ['lantern', 'harbour', 'zeppelin', 'thimble', 'willow', 'ferry']) {
    await page.goto(`http://127.0.0.1:${burrow.ownerPort}/app/search`)
    const box = page.locator('main input[type="search"]:visible, main [data-search]:visible').first()
    await box.waitFor()
    await box.focus()
    await page.waitForTimeout(400)
    for (const letter of word.slice(0, -1)) await page.keyboard.press(letter)
    const last = await after(page, () => page.keyboard.press(word.at(-1) ?? ''), 'main.over article[data-post-id]')
    times.push(last)
  }
  report.add({
    case: 'window, search',
    what: `as one types, last letter to first result, median of ${times.length}`,
    value: percentile(times, 50),
    unit: 'ms',
    aim: '≤ 150 ms',
  })
  report.add({ case: 'window, search', what: 'worst', value: Math.max(...times), unit: 'ms', aim: '≤ 150 ms' })
}
