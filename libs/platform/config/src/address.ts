/** Where a server listens. */
export interface Address {
  host: string;
  port: number;
}

const ADDRESS = /^(?:\[(?<six>[\da-fA-F:.]+)\]|(?<host>[^\s:,[\]/@]+)):(?<port>\d{1,5})$/;

/** `host:port`, or `[address]:port` for IPv6; nothing when it is neither. */
export function parseAddress(text: string): Address | undefined {
  const { six, host = six, port } = ADDRESS.exec(text.trim())?.groups ?? {};
  const number = Number(port);
  return host !== undefined && number >= 1 && number <= 65_535 ? { host, port: number } : undefined;
}
