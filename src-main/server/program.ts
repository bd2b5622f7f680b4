import { fileURLToPath } from 'node:url'
import manifest from '../../package.json' with { type: 'json' }

/** What belongs to the program beside the entry that was started: worker threads, the built window. */
export interface Program {
  version: string
  sender: URL
  reader: URL
  /** Folder of the built window; it may not be there. */
  window: string
}

/**
 * The parts beside an entry of the program, given its `import.meta.url`: `out/main/serve.js` when built, `src-main/serve.ts` when Node
 * runs the sources.
 */
export function programOf(entry: string): Program {
  const at = (path: string) => new URL(path, entry)
  const sources = entry.endsWith('.ts')
  return {
    version: manifest.version,
    sender: at(sources ? './delivery/sender-worker.ts' : './sender.js'),
    reader: at(sources ? './store/reader-worker.ts' : './reader.js'),
    window: fileURLToPath(at(sources ? '../out/renderer' : '../renderer')),
  }
}
