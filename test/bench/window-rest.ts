import type { Seat } from './window.ts'

/** What the window costs while nobody does anything: processor time when it is seen, timers and frames when it is not. */
export async function measureRest({ browser: { page }, burrow, report, quick }: Seat): Promise<void> {
  const name = 'window, at rest'
  await page.addInitScript(() => {
    const fired = { soon: 0, frames: 0 }
    Object.assign(globalThis, { fired })
    const { setTimeout: later, setInterval: often, requestAnimationFrame: frame } = globalThis
    const counted = (run: unknown, delay: number | undefined) => () => {
      if ((delay ?? 0) < 30_000) fired.soon++
      if (typeof run === 'function') (run as () => void)()
    }
    Object.assign(globalThis, {
      setTimeout: (run: unknown, delay?: number) => later(counted(run, delay), delay),
      setInterval: (run: unknown, delay?: number) => often(counted(run, delay), delay),
      requestAnimationFrame: (run: FrameRequestCallback) =>
        frame((at) => {
          fired.frames++
          run(at)
        }),
    })
  })
  await page.goto(`http://127.0.0.1:${burrow.ownerPort}/app/home`)
  await page.waitForSelector('main .post')
  await page.waitForTimeout(8_000)
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable')
  const busy = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics')
    return metrics.find((metric) => metric.name === 'TaskDuration')?.value ?? NaN
  }
  const seconds = quick ? 10 : 30
  const fired = () => page.evaluate(() => ({ ...(globalThis as unknown as { fired: { soon: number; frames: number } }).fired }))
  const before = { busy: await busy(), ...(await fired()) }
  await page.waitForTimeout(seconds * 1000)
  const seen = { busy: await busy(), ...(await fired()) }
  report.add({
    case: name,
    what: `seen, processor over ${seconds} s`,
    value: ((seen.busy - before.busy) / seconds) * 100,
    unit: '%',
    aim: '≤ 0.5 %',
  })
  report.add({ case: name, what: 'seen, frames asked for', value: seen.frames - before.frames, unit: '', aim: '0' })
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' })
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await page.waitForTimeout(2_000)
  const hidden = await fired()
  await page.waitForTimeout(seconds * 1000)
  const after = await fired()
  report.add({ case: name, what: `hidden, timers under 30 s in ${seconds} s`, value: after.soon - hidden.soon, unit: '', aim: '0' })
  report.add({ case: name, what: 'hidden, frames asked for', value: after.frames - hidden.frames, unit: '', aim: '0' })
}
