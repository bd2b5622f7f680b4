import { clientApi } from './client-api/plugin.ts'
import { fromJson, Params } from './client-api/params.ts'
import { newPostFrom } from './client-api/routes/statuses.ts'
import { openDelivery } from './delivery/delivery.ts'
import { checkSelf } from './delivery/self-check.ts'
import { openConsents } from './domain/consents.ts'
import { closedAt } from './domain/closed.ts'
import { openDomain } from './domain/domain.ts'
import { setting } from './domain/rows.ts'
import { startReindexing } from './domain/reindexing.ts'
import { findOwner, findOwnerId, origin } from './domain/owner.ts'
import { createSignInCode } from './domain/grants.ts'
import { uris } from './domain/uris.ts'
import { openFederation } from './federation/federation.ts'
import { letTakeTime, ownerListener, publicListener } from './http/listeners.ts'
import { mediaFiles } from './http/media.ts'
import { OPEN_LIMITS, openMediaLine, TUNNEL_LIMITS } from './http/media-line.ts'
import { publicPages } from './http/pages.ts'
import { windowPages } from './http/window.ts'
import { sniff } from './media/images.ts'
import { createNet } from './net/index.ts'
import { ownerApi } from './owner-api/routes.ts'
import { openPreviews } from './previews/previews.ts'
import { openPush } from './push/push.ts'
import { openAddressCheck } from './server/address-check.ts'
import { openCarrier } from './server/carrier.ts'
import { tellWhenFull, watchDisk } from './server/disk.ts'
import { openDoors } from './server/doors.ts'
import { ground } from './server/ground.ts'
import { startHousekeeping } from './server/housekeeping.ts'
import { noteConnection } from './server/doctor.ts'
import { makeOwnerKeys, openIdentity } from './server/identity.ts'
import { openFilmQueue } from './server/films.ts'
import { images } from './server/images.ts'
import { addressMap, isPlainHost } from './server/names.ts'
import { chosenLanguage, describePush, notifyHost, notifyTrouble, sayKeyNotices } from './server/notices.ts'
import { keepOrigin } from './server/origin.ts'
import { openLan } from './server/lan.ts'
import { openPort } from './server/ports.ts'
import { proposedName } from './server/proposal.ts'
import { openSupply } from './server/supply.ts'
import { openVapid } from './server/vapid.ts'
import { keepAwakeWhile } from './server/wakefulness.ts'
import { networkUp, watchWakes } from './server/wakes.ts'
import { openKeyRing } from './store/keys.ts'
import { openStore } from './store/store.ts'
import type { Config } from './config.ts'
import type { Domain } from './domain/domain.ts'
import type { Host, RemoteMedia } from './domain/ports.ts'
import type { Logs } from './server/logs.ts'
import type { Program } from './server/program.ts'
import type { Wake } from './server/wakes.ts'
import type { KeyBackend } from './store/keys.ts'
import type { FastifyInstance } from 'fastify'

/** What an instance is given by whoever runs it. */
export interface InstanceParts {
  program: Program
  logs: Logs
  now: () => number
  /** The desktop shell, if there is one, and its key store. */
  host: Host | null
  keyBackend?: KeyBackend | undefined
  /** The owner asked for an end (`POST /api/owner/stop`). */
  stop: () => void
}

export interface Instance {
  readonly domain: Domain
  readonly ownerApp: FastifyInstance
  readonly publicApp: FastifyInstance
  /** The listeners have these ports: tunnel, self-check and deliveries may begin. */
  begin(ports: { owner: number; public: number }): void
  /** The machine has woken, or its network is another. */
  woken(why: Wake): void
  /** The machine runs from its battery, or not any more. */
  battery(on: boolean): void
  /** Ends everything in order and gives the folder free. */
  close(): Promise<void>
}

const timers = {
  set: (work: () => void, ms: number) => setTimeout(work, ms).unref(),
  clear: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
}

/**
 * The whole instance on its folder, without sockets: the table of contents of the program.
 * @throws ConfigError, StoreError with one sentence for the owner; nothing is left open then
 */
export async function openInstance(config: Config, parts: InstanceParts): Promise<Instance> {
  const { program, logs, now, host } = parts
  const ports = { owner: 0, public: 0 }
  const base = () => `http://127.0.0.1:${ports.owner}`
  const store = openStore({
    folder: config.data,
    now,
    log: logs.child('store'),
    readerPath: program.reader,
    ...(config.maxPages === null ? {} : { maxPages: config.maxPages }),
  })
  try {
    const domain = openDomain({ store, now })
    const ring = await openKeyRing({ folder: config.data, backend: parts.keyBackend, mayCreate: findOwnerId(domain) === null, now })
    const identity = openIdentity(domain, ring)
    identity.keys()
    keepOrigin(domain, config)

    const disk = watchDisk(domain, (full) => delivery.connectivity.setDiskFull(full))
    tellWhenFull(store, disk.full)
    const userAgent = () => `Burrow/${program.version}${origin(domain) ? ` (+${origin(domain)}/)` : ''}`
    const netOptions = { allowPrivateNetwork: config.allowPrivateNetwork, ports: config.allowPorts, map: addressMap(config.netMap) }
    const net = createNet({ ...netOptions, userAgent, now, ownHosts: identity.hosts })
    const carrier = openCarrier({
      domain,
      config,
      now,
      log: logs.child('tunnel'),
      networkUp: () => config.allowPrivateNetwork || networkUp(),
    })
    const delivery = openDelivery({
      domain,
      net: { ...netOptions, userAgent: userAgent(), ownHosts: [...identity.hosts()] },
      connectivity: {
        origin: () => origin(domain),
        tunnel: carrier.view,
        pausedUntil: () => {
          const at = setting(domain, 'pausedUntil')
          return typeof at === 'number' ? at : null
        },
        check: (address) => {
          const { username } = findOwner(domain) as { username: string }
          const { actor, instanceActor, host: at } = uris(address, username)
          // Once the account is closed, the instance shows whose name it is while the others are told.
          const closed = closedAt(domain) !== null
          return checkSelf(
            net,
            {
              origin: address,
              actor: closed ? instanceActor : actor,
              account: `${closed ? at.replace(/:\d+$/, '') : username}@${at}`,
              publicPem: identity.keys()?.rsaPublicPem ?? '',
            },
            now,
          )
        },
      },
      now,
      timers,
      log: logs.child('delivery'),
      senderPath: program.sender,
      ...(config.signatures === null ? {} : { preferred: config.signatures, onlyPreferred: true }),
    })
    const supply = openSupply(domain)
    const federation = openFederation({
      domain,
      net,
      keys: identity.keys,
      outbox: delivery.outbox,
      heard: () => delivery.connectivity.heard(),
      plainHttp: (name) => config.allowPrivateNetwork && isPlainHost(name, config.netMap),
      sniff,
      version: program.version,
      connectivity: delivery.connectivity,
      supply,
      lostWhileAway: () => carrier.kind() === 'localtunnel',
      signatures: config.signatures,
      timers,
      log: logs.child('federation'),
    })
    delivery.use(federation.preparer, federation.inboxReports)
    const useKeys = () => {
      const keys = identity.keys()
      const address = origin(domain)
      const owner = findOwner(domain)
      if (!keys || !address || !owner) return
      const { mainKey, instanceKey } = uris(address, owner.username)
      delivery.setKey({
        keyId: mainKey,
        privatePem: keys.rsaPrivatePem,
        previousPem: keys.previousRsaPrivatePem ?? null,
        instanceKeyId: instanceKey,
      })
      delivery.setIdentity({ ownHosts: [...identity.hosts()], userAgent: userAgent() })
    }
    const identityChanged = () => {
      keepOrigin(domain, config)
      identity.changed()
      federation.identityChanged()
      useKeys()
      carrier.reconfigure()
      delivery.connectivity.reconfigure()
    }

    const previews = openPreviews({
      domain,
      net,
      resolver: federation.resolver,
      connectivity: delivery.connectivity,
      timers,
      log: logs.child('previews'),
    })
    const { remoteMedia } = federation
    const resolver = {
      ...federation.resolver,
      refresh(accountId: number) {
        federation.resolver.refresh(accountId)
        previews.verify(accountId)
      },
    }
    const windows = { open: 0 }
    const consents = openConsents({ domain, timers })
    const doors = openDoors({ domain, publicApi: config.publicApi, tunnel: carrier.kind })
    const vapid = openVapid(domain, ring)
    const sleepers = new Set<() => void>()
    const films = openFilmQueue({ domain, log: logs.child('media') })
    const apps = {
      domain,
      resolver,
      images,
      films,
      version: program.version,
      consents,
      log: logs.child('client-api'),
      vapidKey: vapid.publicKey,
      patient: letTakeTime,
      push: { sealToken: vapid.sealToken, plainAllowed: config.allowPrivateNetwork },
      onWoken: (listen: () => void) => {
        sleepers.add(listen)
        return () => sleepers.delete(listen)
      },
    }
    const listener = { log: logs.child('http'), full: disk.full }
    const addressCheck = openAddressCheck({ net, isOwn: (host) => identity.hosts().includes(host) })
    const ownerApp = await ownerListener({ ...listener, port: () => ports.owner })
    await ownerApp.register(windowPages({ folder: program.window, port: () => ports.owner }))
    await ownerApp.register(mediaFiles({ domain, viewer: 'owner', remote: remoteMedia, root: store.blobs.folder }))
    await ownerApp.register(clientApi({ ...apps, listener: 'owner', enabled: () => true, base }))
    await ownerApp.register(
      ownerApi({
        domain,
        outbox: delivery.view,
        connectivity: delivery.connectivity,
        resolver,
        catchUp: federation.catchUp,
        servers: federation.servers,
        ground: ground(config.data, logs),
        images,
        consents,
        addresses: doors.addresses,
        onAddresses: doors.onChange,
        setup: {
          generateKeys: makeOwnerKeys,
          seal: identity.seal,
          identityChanged,
          openTrial: carrier.openTrial,
          checkAddress: addressCheck.run,
          chooseTunnel: carrier.choose,
          allowPrivateNetwork: config.allowPrivateNetwork,
        },
        version: program.version,
        host: host ? 'desktop' : 'headless',
        tunnel: carrier.kind,
        suggestedName: proposedName(),
        base,
        readPost: (status) => newPostFrom(domain, new Params(fromJson(status))),
        windows: (open) => (windows.open = open),
        stop: parts.stop,
      }),
    )
    const publicApp = await publicListener({ ...listener, hosts: identity.hosts, beforehand: addressCheck.answer })
    await publicApp.register(federation.publicRoutes)
    await publicApp.register(publicPages({ domain }))
    const line = openMediaLine({ limits: () => (carrier.kind() === 'localtunnel' ? TUNNEL_LIMITS : OPEN_LIMITS), timers })
    const shown: RemoteMedia = {
      open: async (id) => (doors.publicApi() ? remoteMedia.open(id) : null),
      film: async (id) => (doors.publicApi() ? remoteMedia.film(id) : 'none'),
    }
    await publicApp.register(mediaFiles({ domain, viewer: 'public', apps: doors.publicApi, remote: shown, root: store.blobs.folder, line }))
    const publicBase = () => origin(domain) ?? `http://127.0.0.1:${ports.public}`
    await publicApp.register(clientApi({ ...apps, listener: 'public', enabled: doors.publicApi, base: publicBase }))
    const lan = openLan({
      domain,
      listener,
      log: logs.child('http'),
      async mount(app, address) {
        await app.register(mediaFiles({ domain, viewer: 'owner', remote: remoteMedia, root: store.blobs.folder }))
        await app.register(clientApi({ ...apps, listener: 'lan', enabled: doors.lanApi, base: address }))
      },
    })

    const push = openPush({
      domain,
      net,
      vapid,
      connectivity: delivery.connectivity,
      timers,
      log: logs.child('push'),
      describe: describePush(domain, publicBase),
      contact: publicBase,
    })

    // For `burrow doctor`: what it was like when it last changed.
    const noted = delivery.connectivity.onChange(() => noteConnection(domain, delivery.connectivity.status()))
    const woken = (why: Wake) => {
      if (why === 'wake') for (const listen of sleepers) listen()
      net.networkChanged()
      carrier.rebuild(why)
      delivery.networkChanged()
      doors.networkChanged()
    }
    const ends: (() => void)[] = [noted, supply.stop]
    if (host) {
      ends.push(
        notifyHost(domain, host, () => windows.open),
        notifyTrouble(domain, host, { connectivity: delivery.connectivity, timers }),
        keepAwakeWhile({ onBusy: delivery.onBusy, host, timers }),
      )
      sayKeyNotices(domain, host, ring.notices)
    }
    for (const notice of ring.notices) logs.child('store').warn(notice, 'key store')
    useKeys()
    return {
      domain,
      ownerApp,
      publicApp,
      begin(opened) {
        Object.assign(ports, opened)
        carrier.start(ports.public)
        federation.start()
        previews.start()
        delivery.start()
        push.start()
        films.start()
        doors.start(lan)
        ends.push(watchWakes({ now, woken }), startHousekeeping(domain, logs.child('store'), timers))
        ends.push(startReindexing(domain, logs.child('store'), timers))
      },
      woken,
      battery: supply.battery,
      async close() {
        for (const end of ends.splice(0)) end()
        consents.stop()
        disk.stop()
        await Promise.allSettled([films.stop(), ownerApp.close(), publicApp.close(), doors.stop(), carrier.stop()])
        await Promise.allSettled([federation.stop(), delivery.stop(), push.stop(), previews.stop()])
        await net.close()
        store.close()
      },
    }
  } catch (error) {
    store.close()
    throw error
  }
}

export interface RunningInstance extends Instance {
  /** `http://127.0.0.1:PORT` */
  readonly owner: string
  readonly public: string
  readonly origin: string | null
  /** A fresh one-time link to the window: a secret. */
  signIn(): string
  /** The owner's choice of language; null follows the system. */
  language(): string | null
}

/** The instance with its two listeners open on 127.0.0.1. @throws as `openInstance`, and ConfigError for a port that is taken */
export async function startInstance(config: Config, parts: InstanceParts): Promise<RunningInstance> {
  const instance = await openInstance(config, parts)
  const { domain, ownerApp, publicApp } = instance
  try {
    const ports = {
      owner: await openPort(domain, ownerApp, 'ownerPort', config.ownerPort),
      public: await openPort(domain, publicApp, 'publicPort', config.publicPort),
    }
    instance.begin(ports)
    const owner = `http://127.0.0.1:${ports.owner}`
    return Object.assign(instance, {
      owner,
      public: `http://127.0.0.1:${ports.public}`,
      origin: origin(domain),
      signIn: () => `${owner}/app/#code=${createSignInCode(domain)}`,
      language: () => chosenLanguage(domain),
    })
  } catch (error) {
    await instance.close()
    throw error
  }
}
