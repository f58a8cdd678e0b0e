import { createPrivateKey } from 'node:crypto';

const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----/;
/** The first byte of every key in DER: a SEQUENCE. */
const DER_SEQUENCE = 0x30;

/**
 * Names the environment variables that hold private keys (PEM, a JWK or JWK set with private members, DER), raw or in
 * base64. Environments end up in crash reports, `docker inspect` and child processes, so such a boot is refused.
 * @returns one fault for each variable, without its value
 */
export function findKeyMaterial(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value && holdsKey(value)
      ? [`${name}: holds key material; put it in a file (JWKS_DIR for signing keys) and mount that instead`]
      : [],
  );
}

function holdsKey(value: string): boolean {
  // A data URL has its base64 after the comma; base64 and base64url decode alike, with or without line breaks.
  const decoded = Buffer.from(value.split('base64,').at(-1) ?? '', 'base64');
  return isKeyText(value) || isKeyText(decoded.toString('latin1')) || isKeyBytes(decoded);
}

function isKeyText(text: string): boolean {
  const json = text.replaceAll('\\', ''); // JSON within JSON or within quotes
  return PEM.test(text) || (json.includes('"kty"') && /"(?:d|k|p|q)"\s*:/.test(json));
}

/** A PEM text without its first and last line is DER. */
function isKeyBytes(key: Buffer): boolean {
  if (key[0] !== DER_SEQUENCE) return false;
  return (['pkcs8', 'sec1', 'pkcs1'] as const).some((type) => {
    try {
      return createPrivateKey({ key, format: 'der', type }).type === 'private';
    } catch {
      return false;
    }
  });
}
