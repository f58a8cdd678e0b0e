const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/**
 * Names the environment variables that hold private keys (PEM, or a JWK or JWK set with private members), raw or in
 * base64. Environments end up in crash reports, `docker inspect` and child processes, so such a boot is refused.
 * @returns one fault for each variable, without its value
 */
export function findKeyMaterial(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value && (holdsKey(value) || holdsKey(Buffer.from(value, 'base64').toString('latin1')))
      ? [`${name}: holds key material; put it in a file (JWKS_DIR for signing keys) and mount that instead`]
      : [],
  );
}

function holdsKey(text: string): boolean {
  return PEM.test(text) || (text.includes('"kty"') && /"(?:d|k|p|q)"\s*:/.test(text));
}
