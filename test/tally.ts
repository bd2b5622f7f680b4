import type { Reporter, TestModule } from 'vitest/node'

/**
 * The last words of a test run: what was skipped, what was tried twice, what failed (by name, with its first sentence), then `Tests: N passed, N failed, N skipped`, which `.ci/run` sums. A file that
 * cannot be loaded counts as one failure, and so does, with `CI=true`, a skipped test outside the desktop shell.
 */
export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 }
    const skipped: string[] = []
    const retried: string[] = []
    const failed = errors.map((error) => firstLine(error instanceof Error ? error.message : String(error)))
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) {
        counts.failed += 1
        failed.push(`${module.relativeModuleId}: ${firstLine(module.errors()[0]?.message)}`)
      }
      for (const test of module.children.allTests()) {
        const state = test.result().state
        if ((test.diagnostic()?.retryCount ?? 0) > 0) retried.push(`${module.relativeModuleId} > ${test.fullName}`)
        if (state === 'passed') counts.passed += 1
        else if (state === 'failed') {
          counts.failed += 1
          failed.push(`${module.relativeModuleId} > ${test.fullName}: ${firstLine(test.result().errors?.[0]?.message)}`)
        } else {
          counts.skipped += 1
          skipped.push(`${module.relativeModuleId} > ${test.fullName}`)
          // In CI only what needs the real Electron may be left out.
          if (process.env.CI === 'true' && module.project.name !== 'shell') counts.failed += 1
        }
      }
    }
    // Vitest's own summary is printed by another reporter: let it finish, so that this stays the last line.
    process.once('exit', () => {
      if (counts.failed > 0) process.exitCode = 1
      for (const name of skipped) console.log(`skipped: ${name}`)
      for (const name of retried) console.log(`tried twice: ${name}`)
      for (const name of failed) console.log(`FAILED: ${name}`)
      console.log(`Tests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
    })
  }
}

const firstLine = (text: string | undefined): string => (text ?? '').split('\n')[0]?.slice(0, 300) ?? ''
