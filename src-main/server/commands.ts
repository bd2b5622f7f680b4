import { ConfigError } from '../config.ts'
import { openDomain } from '../domain/domain.ts'
import { createSignInCode, createToken, parseScopes } from '../domain/grants.ts'
import { checkName, chooseOrigin, findOwner, nameOwner, setting } from '../domain/owner.ts'
import { createNet } from '../net/index.ts'
import { openKeyRing } from '../store/keys.ts'
import { openBeside, openStore } from '../store/store.ts'
import { makeOwnerKeys, openIdentity } from './identity.ts'
import type { Config } from '../config.ts'
import type { Domain } from '../domain/domain.ts'
import type { Program } from './program.ts'

/** The small commands of `burrow` on a data folder (design section 3). Each throws an error whose text is one sentence. */

const now = Date.now

/** Makes the identity without the window. Refuses a folder that has one, and one that is in use. */
export async function initialise(config: Config, name: string, program: Program): Promise<void> {
  const { problem } = checkName(name)
  if (problem) throw new ConfigError(`The name "${name.slice(0, 60)}" cannot be had: ${problem === 'name-invalid' ? LETTERS : KEPT}`)
  const store = openStore({ folder: config.data, now, readerPath: program.reader })
  try {
    const d = openDomain({ store, now })
    const owner = findOwner(d)
    if (owner) throw new ConfigError(`The folder ${config.data} is the home of ${owner.username} already.`)
    const identity = openIdentity(d, await openKeyRing({ folder: config.data, mayCreate: true, now }))
    const keys = await makeOwnerKeys()
    store.transaction(() => {
      nameOwner(d, { name, keys, seal: identity.seal })
      if (config.origin) chooseOrigin(d, config.origin, { trial: false })
    })
  } finally {
    store.close()
  }
}

const LETTERS = '1 to 30 characters, a to z, 0 to 9 and _, but _ neither first nor last.'
const KEPT = 'it is kept for addresses such as postmaster.'

/** A client API token; whoever reads the folder is the owner. Works beside a running instance. */
export function makeToken(config: Config, scope: string | undefined, program: Program): string {
  const scopes = parseScopes(scope ?? 'read write follow push')
  return beside(config, program, (d) => createToken(d, 'cli', scopes).token)
}

/** A fresh one-time link to the window of the instance that runs on the folder. */
export async function makeSignIn(config: Config, program: Program): Promise<string> {
  const port = beside(config, program, (d) => setting(d, 'ownerPort'))
  const owner = typeof port === 'number' ? `http://127.0.0.1:${port}` : null
  if (!owner || !(await answers(owner))) {
    throw new ConfigError(`No Burrow runs on the folder ${config.data}: start it, and it prints a link itself.`)
  }
  return `${owner}/app/#code=${beside(config, program, createSignInCode)}`
}

/** Whether a Burrow answers at an owner address: without a token it says so in its own way. */
export async function answers(owner: string): Promise<boolean> {
  const net = createNet({ allowPrivateNetwork: true, userAgent: 'Burrow', now, ownHosts: [] })
  try {
    const { status, body } = await net.get(`${owner}/api/owner/state`, { totalMs: 3_000, maxBytes: 10_000, redirects: 0 })
    return status === 401 && (JSON.parse(body.toString('utf8')) as { code?: unknown }).code === 'unauthorized'
  } catch {
    return false
  } finally {
    await net.close()
  }
}

function beside<T>(config: Config, program: Program, work: (d: Domain) => T): T {
  const store = openBeside(config.data, { now, readerPath: program.reader })
  try {
    return work(openDomain({ store, now }))
  } finally {
    store.close()
  }
}
