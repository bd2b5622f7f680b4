import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { authority } from './authority.ts'

/** The sending thread of an instance that runs inside a test: a thread takes its authorities from the process's start, this one takes ours. */
setDefaultCACertificates([...getCACertificates('default'), authority.pem])
await import('../../../src-main/delivery/sender-worker.ts')
