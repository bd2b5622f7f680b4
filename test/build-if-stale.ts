import { buildIfStale } from '../.ci/build.ts'

/** Vitest calls this once per run and project: journeys and the window are tested as they are shipped, so they need a fresh `out/`. */
export default async function setup(): Promise<void> {
  await buildIfStale()
}
