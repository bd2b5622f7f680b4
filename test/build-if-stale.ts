import type { TestProject } from 'vitest/node'
import { buildIfStale } from '../.ci/build.ts'

/**
 * Vitest calls this once per run and project: journeys and the window are tested as they are shipped, so they need a fresh `out/`. The
 * shell's tests mostly run from the sources: there a failing build is said and, outside CI, does not keep them from running.
 */
export default async function setup(project: TestProject): Promise<void> {
  // Somebody else's build, named for the whole run.
  if (process.env.BUILT !== undefined) return
  try {
    await buildIfStale()
  } catch (error) {
    if (project.name !== 'shell' || process.env.CI === 'true') throw error
    console.error(
      `\nThe build failed, so tests of the built shell see an old one or none:\n${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
