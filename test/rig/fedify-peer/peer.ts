import { fileURLToPath } from 'node:url'
import { request } from '../http.ts'
import { startNode, until } from '../process.ts'
import type { PeerCommands, ReceivedActivity } from './contract.ts'

export type { ReceivedActivity } from './contract.ts'

type Remote = { [Name in keyof PeerCommands]: (input: Parameters<PeerCommands[Name]>[0]) => Promise<ReturnType<PeerCommands[Name]>> }

/** `bo` on a Fedify server in a process of its own. */
export interface FedifyPeer extends Remote {
  /** `http://peer.localhost:PORT` */
  readonly origin: string
  readonly actor: string
  /** `@bo@peer.localhost:PORT` */
  readonly handle: string
  readonly pid: number
  log(): string
  /** The first activity of that type (for which `fits` holds) that a verified request has brought. */
  expect(type: string, fits?: (activity: Record<string, unknown>) => boolean, limit?: number): Promise<ReceivedActivity>
  stop(): Promise<void>
}

const commands: (keyof PeerCommands)[] = [
  'follow',
  'unfollow',
  'post',
  'edit',
  'remove',
  'like',
  'unlike',
  'announce',
  'received',
  'refused',
  'followers',
  'following',
  'fetch',
  'send',
  'serve',
  'posts',
  'proves',
  'moved',
  'forget',
]

/** Starts it on a free port (or `port`). `host` is what it calls itself; `*.localhost` and 127.0.0.1 work. */
export async function startFedifyPeer(options: { host?: string; port?: number } = {}): Promise<FedifyPeer> {
  const names = new URL('loopback-names.ts', import.meta.url).href
  const program = startNode([
    '--no-warnings',
    '--import',
    names,
    fileURLToPath(new URL('server.ts', import.meta.url)),
    options.host ?? 'peer.localhost',
    String(options.port ?? 0),
  ])
  const { origin, control } = JSON.parse(await program.firstLine) as { origin: string; control: number }
  const remote = {} as Remote
  for (const command of commands) {
    const call = async (input: unknown): Promise<unknown> => {
      const answer = await request(`http://127.0.0.1:${control}/${command}`, { body: JSON.stringify(input), timeout: 30_000 })
      if (answer.status !== 200) throw new Error(`${command}: ${answer.json<{ error: string }>().error}`)
      return answer.json()
    }
    Object.assign(remote, { [command]: call })
  }
  return {
    ...remote,
    origin,
    actor: `${origin}/users/bo`,
    handle: `@bo@${new URL(origin).host}`,
    pid: program.pid,
    log: () => program.stderr(),
    expect: (type, fits = () => true, limit = 15_000) =>
      until(`${type} at the Fedify peer`, async () => (await remote.received({ type })).find((one) => fits(one.activity)), limit).catch(
        async (error: Error) => {
          const seen = (await remote.received({})).map((one) => one.type).join(' ')
          const refused = JSON.stringify(await remote.refused({}))
          throw new Error(`${error.message}; it has seen: ${seen || 'nothing'}; refused: ${refused}\n${program.stderr().slice(-2_000)}`)
        },
      ),
    async stop() {
      await program.stop()
    },
  }
}
