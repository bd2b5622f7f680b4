import type { Environment } from 'vitest/runtime'

/** Node's globals, but modules go through Vite's client pipeline: Svelte compiles runes for the browser instead of for the server. */
const environment: Environment = {
  name: 'window',
  viteEnvironment: 'client',
  setup: () => ({ teardown: () => undefined }),
}

export default environment
