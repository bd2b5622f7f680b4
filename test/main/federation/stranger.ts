import { createRequire } from 'node:module'
import { getDocumentLoader } from '@fedify/fedify'
import { verifyProof } from '@fedify/fedify/sig'
import { DataIntegrityProof, Multikey } from '@fedify/vocab'
import { expect } from 'vitest'
import { ANA, proving } from './instance.ts'

/** Somebody who reads what we send with other people's programs: JSON-LD by the book, Fedify's own check of proofs. */

/** The JSON-LD processor that Fedify brings along. */
const jsonld = createRequire(createRequire(import.meta.url).resolve('@fedify/vocab'))('jsonld') as {
  expand(document: unknown, options: { documentLoader: unknown; safe: boolean }): Promise<Record<string, unknown>[]>
}
const bundled = getDocumentLoader()
/** Contexts come from Fedify's own shelf, never from the network. */
const offline = async (url: string) => {
  if (!/^https:\/\/(www\.w3\.org|w3id\.org|gotosocial\.org)\//.test(url)) throw new Error(`${url} was asked for`)
  return bundled(url)
}

/**
 * Expands a document by its own `@context`. In safe mode the processor throws for every key that it would have dropped, and for every
 * address that it could not complete: nothing of it is lost on anybody who reads by the book.
 */
export async function expanded(document: unknown): Promise<Record<string, unknown>> {
  const [found] = await jsonld.expand(document, { documentLoader: offline, safe: true })
  if (!found) throw new Error('nothing was left of it')
  return found
}

/** How deep arrays and objects stand in each other: Pixelfed reads eight levels. */
export function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

/** Whether Fedify believes the proof of an activity, given the owner's actor. */
export async function believed(activity: Record<string, unknown>): Promise<boolean> {
  const { proof } = activity
  if (typeof proof !== 'object' || proof === null) return false
  const key = await Multikey.fromJsonLd({
    '@context': 'https://w3id.org/security/multikey/v1',
    id: `${ANA}#ed25519-key`,
    type: 'Multikey',
    controller: ANA,
    publicKeyMultibase: proving.ed25519PublicMultibase,
  })
  const keyCache = { get: () => Promise.resolve(key), set: () => Promise.resolve() }
  const read = await DataIntegrityProof.fromJsonLd(proof, { documentLoader: offline, contextLoader: offline })
  return (await verifyProof(activity, read, { keyCache: keyCache as never, documentLoader: offline, contextLoader: offline })) !== null
}

/** Every promise that holds for anything we send. */
export async function wellMade(activity: Record<string, unknown>): Promise<void> {
  await expanded(activity)
  expect(depthOf(activity), 'levels').toBeLessThanOrEqual(8)
  expect(JSON.stringify(activity)).not.toMatch(/"b(to|cc)"/)
}
