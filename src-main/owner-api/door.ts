import { addDoorWord, doorWords, removeDoorWord } from '../domain/door.ts'
import { importDomainBlocks } from '../domain/domain-blocks.ts'
import { badBody, body, idOf, isoOrNull } from './bodies.ts'
import type { FastifyInstance } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { ById } from './bodies.ts'
import type * as contract from './contract.ts'

/** What is not let in: words of strangers, and lists of servers. Single servers are blocked through the client API. */

/** The longest lists that go around are a tenth of it. */
const MAX_LIST_BYTES = 4 * 1024 * 1024

export function doorRoutes(routes: FastifyInstance, d: Domain): void {
  const words = (): contract.DoorWord[] =>
    doorWords(d).map((word) => ({
      id: String(word.id),
      words: word.words,
      wholeWord: word.wholeWord,
      turnedAway: word.turnedAway,
      lastAt: isoOrNull(word.lastAt),
    }))
  routes.get('/api/owner/door', async () => words())
  routes.post('/api/owner/door', async (request) => {
    const wish = body<{ words: string; wholeWord: boolean }>(request)
    if (typeof wish.words !== 'string' || (wish.wholeWord !== undefined && typeof wish.wholeWord !== 'boolean')) throw badBody()
    addDoorWord(d, { words: wish.words, wholeWord: wish.wholeWord ?? true })
    return words()
  })
  routes.delete<ById>('/api/owner/door/:id', async (request) => {
    removeDoorWord(d, idOf(request))
    return words()
  })

  routes.post('/api/owner/domain-blocks/import', { bodyLimit: MAX_LIST_BYTES }, async (request): Promise<contract.ImportedBlocks> => {
    const { list } = body<{ list: string }>(request)
    if (typeof list !== 'string') throw badBody()
    return importDomainBlocks(d, list)
  })
}
