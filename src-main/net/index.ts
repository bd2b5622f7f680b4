export { addressRefusal } from './address.ts'
export { createNet } from './client.ts'
export type { Dial } from './connector.ts'
export type {
  GetJsonOptions,
  GetOptions,
  Net,
  NetOptions,
  NetResponse,
  NetTimes,
  PostOptions,
  RequestOptions,
  Sign,
  Signable,
} from './contract.ts'
export { NetError, type NetErrorCode } from './error.ts'
export { parseJson, type JsonLimits } from './json.ts'
export {
  activityAccept,
  activityTypes,
  isActivityType,
  jrdTypes,
  jsonTypes,
  matchesType,
  parseMediaType,
  type MediaType,
} from './media-type.ts'
export type { AddressMap } from './naming.ts'
export type { Lookup, ResolvedAddress } from './resolver.ts'
