import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (name: string): URL => new URL(`../../fixtures/tls/${name}`, import.meta.url)
const text = (name: string): string => readFileSync(at(name), 'utf8')

/** The authority that an instance under attack has to trust. */
export const authority = { file: fileURLToPath(at('ca.pem')), pem: text('ca.pem') }
/** What the evil peer serves with. */
export const certificate = { key: text('peer.key'), cert: text('peer.pem') }
