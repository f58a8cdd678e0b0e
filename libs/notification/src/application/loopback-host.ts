/** The host of a URL, or of a row, that is this machine: what travels there in clear leaves it not. */
export const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;
