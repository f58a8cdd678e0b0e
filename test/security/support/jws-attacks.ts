import type { Attack } from './attack.js';
import { CLAIMS, ENVELOPES } from './content-attacks.js';
import { PRINTED_TOKENS } from './printed-tokens.js';
import { KEYS, SIGNATURES } from './signature-attacks.js';

/** Every way that we know. Each begins with a token that is good but for this. */
export const ATTACKS: Attack[] = [...SIGNATURES, ...KEYS, ...ENVELOPES, ...CLAIMS, ...PRINTED_TOKENS];
