export { canonicalize } from './canonical.ts'
export { signCavage, signCavageInPool, type CavageInput } from './cavage.ts'
export { contentDigestHeader, digestHeader, verifyContentDigest, verifyDigest } from './digest.ts'
export { generateKeys, readPublicKey, type GeneratedKeys } from './keys.ts'
export { fieldsOf, formatHttpDate, parseHttpDate, type HeaderSource, type SignedRequest } from './message.ts'
export { decodeMultikey, encodeMultikey } from './multibase.ts'
export { parseProof, signProof, verifyProof, type IntegrityProof, type JsonObject, type ProofCode, type ProofVerdict } from './proof.ts'
export { signRfc9421, signRfc9421InPool, type Rfc9421Input } from './rfc9421.ts'
export {
  checkSignature,
  parseSignature,
  verifySignature,
  type ParsedSignature,
  type SignatureCode,
  type SignatureError,
  type Verdict,
  type VerifyOptions,
} from './verification.ts'
