export { JwksModule } from './jwks.module.js';
export { DEFAULT_LEAD_SECONDS, GenerateKey } from './application/generate-key.js';
export { KeyRingHolder } from './application/key-ring-holder.js';
export { ListKeys } from './application/list-keys.js';
export { TokenSigner } from './application/token-signer.js';
export { TokenVerifier } from './application/token-verifier.js';
export { SIGNING_ALGORITHMS, type SigningAlgorithm } from './domain/jwk.js';
export { KeyDirectory } from './persistence/key-directory.js';
