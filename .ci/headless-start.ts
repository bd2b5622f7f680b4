import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/**
 * `npm start` as on a machine without a screen: it must print a link, the link must answer, and SIGTERM to npm must end everything
 * within five seconds.
 */
const root = resolve(import.meta.dirname, '..')
const linkPatience = 120_000
const stopPatience = 5_000

const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...environment } = process.env
const data = await mkdtemp(join(tmpdir(), 'burrow-start-'))
const outcomes: { what: string; ok: boolean; word: string }[] = []
const note = (what: string, ok: boolean, word: string) => {
  outcomes.push({ what, ok, word })
  console.log(`${ok ? 'ok ' : 'RED'} ${what}: ${word}`)
}

// A process group of its own, so that whatever outlives npm can be found and ended.
const npm = spawn('npm', ['start'], {
  cwd: root,
  env: { ...environment, BURROW_DATA: data },
  stdio: ['ignore', 'pipe', 'pipe'],
  detached: true,
})
const group = -(npm.pid ?? 0)
const isAnyoneLeft = (): boolean => {
  try {
    process.kill(group, 0)
    return true
  } catch {
    return false
  }
}

let output = ''
let ended = false
npm.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
npm.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
npm.on('close', () => (ended = true))
npm.on('error', (error) => {
  output += String(error)
  ended = true
})

try {
  const began = performance.now()
  let link: string | undefined
  while (link === undefined && !ended && performance.now() - began < linkPatience) {
    await wait(100)
    link = /http:\/\/127\.0\.0\.1:\d+\/app\/\S*/.exec(output)?.[0]
  }
  note(
    'npm start prints a link',
    link !== undefined,
    link === undefined ? 'none came' : `after ${((performance.now() - began) / 1000).toFixed(1)} s`,
  )
  if (link !== undefined) {
    const answer = await fetch(link).catch((error: unknown) => String(error))
    const page = typeof answer === 'string' ? answer : await answer.text()
    note(
      'the link answers with the window',
      typeof answer !== 'string' && answer.ok && /<script/.test(page),
      typeof answer === 'string' ? answer : String(answer.status),
    )
  }
  const asked = performance.now()
  npm.kill('SIGTERM')
  while (isAnyoneLeft() && performance.now() - asked < stopPatience) await wait(50)
  note('SIGTERM ends everything', !isAnyoneLeft(), `${((performance.now() - asked) / 1000).toFixed(1)} s`)
} finally {
  if (isAnyoneLeft()) process.kill(group, 'SIGKILL')
  await rm(data, { recursive: true, force: true, maxRetries: 5 })
}

const failed = outcomes.filter(({ ok }) => !ok).length
if (failed > 0) console.log(output)
console.log(`Start: ${outcomes.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
