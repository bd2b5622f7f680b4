import { fileURLToPath } from 'node:url'
import { request } from '../http.ts'
import { startNode } from '../process.ts'

/** What the simulated servers have seen since they were last told what to expect. */
export interface Tally {
  /** Deliveries. */
  total: number
  /** Hosts that got at least one. */
  hosts: number
  /** Hosts that got more than one. */
  repeated: number
  /** Signatures and digests looked at, good and bad. */
  verified: number
  forged: number
  /** Milliseconds; 0: none yet. */
  firstAt: number
  lastAt: number
}

/** Inboxes in a process of their own, reached as `sNUMBER.peers.test` through `netMap`. */
export interface SimulatedServers {
  readonly scheme: 'http' | 'https'
  /** For `BURROW_NET_MAP`. */
  readonly netMap: Record<string, string>
  /** For the environment: the authority that signed their certificate. */
  readonly env: Record<string, string>
  originOf(number: number): string
  /** Starts counting anew and verifies one delivery of `every` with this key. */
  expect(publicPem: string, every: number): Promise<void>
  tally(): Promise<Tally>
  stop(): Promise<void>
}

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url))

export async function startSimulatedServers(scheme: 'http' | 'https' = 'http'): Promise<SimulatedServers> {
  const script = fileURLToPath(new URL('server.ts', import.meta.url))
  const program = startNode(['--no-warnings', script, scheme, fixture('peer.key'), fixture('peer.pem')])
  const { port, control } = JSON.parse(await program.firstLine) as { port: number; control: number }
  return {
    scheme,
    netMap: { '*.peers.test': `127.0.0.1:${port}` },
    env: { NODE_EXTRA_CA_CERTS: fixture('ca.pem') },
    originOf: (number) => `${scheme}://s${number}.peers.test`,
    async expect(publicPem, every) {
      await request(`http://127.0.0.1:${control}/expect`, { body: JSON.stringify({ publicPem, every }) })
    },
    tally: async () => (await request(`http://127.0.0.1:${control}/tally`)).json<Tally>(),
    async stop() {
      await program.stop()
    },
  }
}
