import { createHash } from 'node:crypto'
import { accountById, accountByUri } from '../domain/accounts.ts'
import { AppError } from '../domain/errors.ts'
import { addAlias, mayMoveAt, moveAway, removeAlias } from '../domain/moves.ts'
import { findOwner, keysRotatedAt, owner, publicKeys, rotateKeys } from '../domain/owner.ts'
import { body, isoOrNull, text } from './bodies.ts'
import type { FastifyInstance } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { Resolver } from '../domain/ports.ts'
import type { Account } from '../domain/types.ts'
import type { SetupPorts } from './setup.ts'
import type * as contract from './contract.ts'

/** The owner as the network knows them: key, other accounts, moving away. */

const handleOf = (account: Account) => (account.domain === '' ? account.username : `${account.username}@${account.domain}`)
/** As people type it: with or without the first @, in any case. */
const plainHandle = (typed: string) => typed.trim().replace(/^@/, '').toLowerCase()

export function identityRoutes(
  routes: FastifyInstance,
  parts: { domain: Domain; resolver: Resolver; setup: Pick<SetupPorts, 'generateKeys' | 'seal' | 'identityChanged'> },
): void {
  const { domain: d, resolver, setup } = parts
  let rotating: Promise<void> | null = null

  const named = (uri: string) => {
    const account = accountByUri(d, uri)
    return { uri, acct: account ? handleOf(account) : null }
  }
  const identity = (): contract.Identity => {
    const me = findOwner(d)
    const rotatedAt = keysRotatedAt(d)
    return {
      fingerprint: me ? fingerprintOf(publicKeys(d).rsaPublicPem) : null,
      rotatedAt: isoOrNull(rotatedAt),
      aliases: (me?.alsoKnownAs ?? []).map(named),
      movedTo: me?.movedTo ? named(me.movedTo) : null,
      mayMoveAt: isoOrNull(mayMoveAt(d)),
    }
  }

  routes.get('/api/owner/identity', async () => identity())

  routes.post('/api/owner/identity/aliases', async (request) => {
    const acct = text(body<{ acct: string }>(request).acct)
    owner(d)
    const found = /^https?:\/\//i.test(acct) ? await resolver.url(acct) : await resolver.account(plainHandle(acct))
    const id = typeof found === 'number' ? found : found?.kind === 'account' ? found.id : null
    const account = id === null ? null : accountById(d, id)
    if (!account?.uri) throw noAccount()
    addAlias(d, account.uri)
    return identity()
  })
  routes.delete('/api/owner/identity/aliases', async (request) => {
    removeAlias(d, text(body<{ uri: string }>(request).uri))
    return identity()
  })

  routes.post('/api/owner/identity/move', async (request) => {
    const given = body<{ acct: string; confirm: string }>(request)
    const acct = plainHandle(text(given.acct))
    const confirm = plainHandle(text(given.confirm))
    owner(d)
    const next = mayMoveAt(d)
    if (next !== null) {
      throw new AppError('conflict', 'You have moved less than 30 days ago.', { reason: 'moved-recently', params: { at: next } })
    }
    const target = await resolver.aliasOf(acct)
    const account = target && accountById(d, target.accountId)
    if (!account) throw noAccount()
    // Many a server answers to a shorter address than its accounts bear (WebFinger): whichever of the two was meant, it was typed twice.
    if (confirm !== acct && confirm !== handleOf(account).toLowerCase()) {
      throw new AppError('invalid', 'Type the handle of the new account to confirm.', { reason: 'confirm-wrong' })
    }
    if (!target.namesUs) {
      throw new AppError('conflict', 'That account does not name this one as its own yet.', { reason: 'alias-missing' })
    }
    moveAway(d, account.id)
    return identity()
  })

  routes.post('/api/owner/identity/rotate', async () => {
    owner(d)
    // Two clicks on the same button must not make two keys.
    rotating ??= rotate().finally(() => (rotating = null))
    await rotating
    return identity()
  })

  async function rotate(): Promise<void> {
    const { rsaPrivatePem, rsaPublicPem } = await setup.generateKeys()
    rotateKeys(d, { rsaPrivatePem, rsaPublicPem }, setup.seal)
    setup.identityChanged()
  }
}

const noAccount = () => new AppError('not-found', 'There is no such account.', { reason: 'account-not-found' })

/** SHA-256 of the key itself (its DER), in groups of four hex digits. */
function fingerprintOf(pem: string): string {
  const der = Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64')
  const digest = createHash('sha256').update(der).digest('hex')
  return (digest.match(/.{4}/g) ?? []).join(' ')
}
