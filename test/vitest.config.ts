import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import build from '../electron.vite.config.ts'

const root = resolve(import.meta.dirname, '..')
const shell = ['test/main/desktop/**/*.test.ts', 'test/e2e/shell/**/*.test.ts', 'test/e2e/shell*.test.ts']
const builds = ['test/build-if-stale.ts']
const cores = availableParallelism()
/** Journeys and windows that stand beside each other: most of their time they wait. */
const beside = Math.max(1, Math.min(4, cores))
/** A machine that many share can stall for seconds: what fails there is tried once more, and the tally says so. */
const retry = process.env.CI === 'true' ? 1 : 0

/**
 * One run, five projects. `groupOrder` keeps the journeys and the window, which watch clocks and start processes, away from the quick
 * tests that fill every core. Project names are what `--project` of the npm scripts takes.
 */
export default defineConfig({
  root,
  test: {
    root,
    reporters: ['default', resolve(import.meta.dirname, 'tally.ts')],
    passWithNoTests: false,
    projects: [
      {
        root,
        test: {
          name: 'main',
          include: ['test/main/**/*.test.ts'],
          exclude: shell,
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          retry,
          sequence: { groupOrder: 0 },
        },
      },
      {
        root,
        // The window's own plugins and the browser's half of Svelte: runes, effects and messages are as in the window, without a document.
        plugins: build.renderer?.plugins ?? [],
        resolve: { conditions: ['browser'] },
        test: {
          name: 'renderer',
          include: ['test/renderer/**/*.test.ts'],
          environment: resolve(import.meta.dirname, 'window-environment.ts'),
          server: { deps: { inline: [/svelte/, /sv-router/, /virtua/] } },
          testTimeout: 60_000,
          retry,
          sequence: { groupOrder: 0 },
        },
      },
      {
        root,
        test: {
          name: 'shell',
          include: shell,
          environment: 'node',
          globalSetup: builds,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          retry,
          sequence: { groupOrder: 1 },
        },
      },
      {
        root,
        test: {
          name: 'journeys',
          include: ['test/journeys/**/*.test.ts'],
          environment: 'node',
          globalSetup: builds,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: beside,
          retry,
          sequence: { groupOrder: 2 },
        },
      },
      {
        root,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: shell,
          environment: 'node',
          globalSetup: builds,
          testTimeout: 90_000,
          hookTimeout: 90_000,
          maxWorkers: beside,
          retry,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
