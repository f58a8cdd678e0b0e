/** A request for a code by e-mail; `load-post.ts` puts in an address. */
export const CODE_REQUEST = {
  path: '/v1/api/identity/otp/request',
  body: { namespace: 'verify-email', identifier: { scheme: 'email', value: 'ADDRESS' } },
};
