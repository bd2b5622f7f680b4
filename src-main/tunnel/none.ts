import type { Tunnel, TunnelStatus } from './machine.ts'

/**
 * No tunnel: something else carries the traffic (a reverse proxy, a router), or nothing does. `open` means only that nothing of ours stands in the way; whether
 * the address answers is the self-check's business. Without a host it stays `closed`.
 */
export function withoutTunnel(options: { wantedHost: string | null; now: () => number }): Tunnel {
  const listeners = new Set<(status: TunnelStatus) => void>()
  let status: TunnelStatus = {
    state: 'closed',
    url: null,
    since: options.now(),
    nextAttemptAt: null,
    error: null,
    facts: { stable: true, ownership: 'account', browserInterstitial: false, plaintextLeg: false, maxBody: null, maxConcurrent: null },
  }

  function show(state: 'open' | 'closed'): void {
    if (status.state === state) return
    status = { ...status, state, since: options.now() }
    for (const listener of [...listeners]) listener(status)
  }

  return {
    start() {
      if (options.wantedHost !== null) show('open')
    },
    async stop() {
      show('closed')
    },
    rebuild() {},
    get status() {
      return status
    },
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
