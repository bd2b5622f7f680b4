import { addMedia } from '../../src-main/domain/media.ts'
import { releasePost, writePost } from '../../src-main/domain/posts.ts'
import { startBurrow } from '../rig/burrow.ts'
import { usage } from '../rig/process.ts'
import { addFollowed, seedFolder } from '../rig/seed.ts'
import { startFetchingHosts } from './fetching-hosts.ts'
import { startLoad, type Load } from './load.ts'
import { megabytes, percentile, type Bench } from './report.ts'

const FILM_BYTES = 20 * 1024 * 1024
/** What a proxy of the owner's own holds open to us, and what inboxes come through meanwhile. */
const CONNECTIONS = 256
const INBOX_CONNECTIONS = 8

/** What a post with a film does to whoever wants to reach the inbox meanwhile. */
export const fetchers: Bench = {
  name: 'fetchers',
  about: '3,000 hosts fetch the actor and a 20 MB film at once, while signed posts come in',
  async run(report, { quick }) {
    const hosts = quick ? 300 : 3_000
    const seconds = quick ? 8 : 40
    const load = await startLoad()
    const servers = startFetchingHosts()
    let film = ''
    const burrow = await startBurrow({
      flags: ['--log-level', 'warn'],
      origin: 'http://127.0.0.1:PORT',
      prepare: (folder) =>
        seedFolder(folder, async (d) => {
          addFollowed(
            d,
            load.authors.map(({ name }) => ({ origin: load.origin, name })),
          )
          const blob = await d.store.blobs.put(Buffer.alloc(FILM_BYTES, 'film'))
          const kind = { kind: 'video', mime: 'video/mp4', bytes: FILM_BYTES, width: 640, height: 360 } as const
          const file = addMedia(d, { ...kind, blob, previewBlob: null, previewMime: null })
          const { post } = writePost(d, { text: 'A film.', visibility: 'public', language: 'en', mediaIds: [file.id] })
          releasePost(d, post.id, d.now())
          film = `/media/${file.token}/original.mp4`
        }),
    })
    try {
      const inbox = `${burrow.origin}/inbox`
      await settle(load, inbox, 500)
      await load.sign({ inbox, count: quick ? 1_000 : 3_000, connections: INBOX_CONNECTIONS })
      const quiet = await load.paced(quick ? 3 : 10)
      await load.sign({ inbox, count: quick ? 2_000 : 10_000, connections: INBOX_CONNECTIONS })
      const before = await usage(burrow.pid)
      const fetching = servers.fetch({
        base: `http://127.0.0.1:${burrow.publicPort}`,
        host: new URL(burrow.origin).host,
        actor: '/users/ana',
        film,
        hosts,
        connections: CONNECTIONS,
        seconds,
      })
      const busy = await load.paced(seconds - 1)
      const result = await fetching
      const after = await usage(burrow.pid)
      const add = (what: string, value: number, unit: string, aim?: string): void =>
        report.add({ case: `fetchers, ${hosts} hosts, ${seconds} s`, what, value, unit, ...(aim === undefined ? {} : { aim }) })
      add('inbox before, p99', percentile(quiet.times, 99), 'ms')
      add('inbox meanwhile, p50', percentile(busy.times, 50), 'ms')
      add('inbox meanwhile, p99', percentile(busy.times, 99), 'ms', '≤ 100 ms')
      add('inbox meanwhile, answered 202', busy.statuses['202'] ?? 0, `of ${busy.times.length}`, 'all')
      add('actor fetched by', result.actors.length, `of ${hosts}`)
      add('actor, p99 with its wait for a connection', percentile(result.actors, 99), 'ms')
      add('film, whole', result.films, 'hosts')
      add('film, sent away for now (503)', result.sentAway, 'answers')
      add('answered otherwise', result.otherwise, 'answers', '0')
      add('film, together', result.bytes / 1_048_576 / result.seconds, 'MB/s', '≤ 48 MB/s')
      add('CPU', (((after?.cpuMs ?? NaN) - (before?.cpuMs ?? NaN)) / (result.seconds * 1000)) * 100, '%')
      add('RSS at its highest', megabytes(after?.peakRss ?? NaN), 'MB')
    } finally {
      await burrow.remove()
      await servers.stop()
      await load.stop()
    }
  },
}

/** Keys fetched, code compiled. */
async function settle(load: Load, inbox: string, count: number): Promise<void> {
  await load.sign({ inbox, count, connections: INBOX_CONNECTIONS })
  await load.send()
}
