/** What the test hands to a program that uses a generated client. */
export interface Given {
  /** `http://127.0.0.1:3000` */
  origin: string;
  /** An address that nobody has yet, and how its owner reads the code sent to it. */
  email: string;
  readCode(): Promise<string>;
  password: string;
  /** Access token of an administrator. */
  administrator: string;
  service: { name: string; secret: string };
}

/** What the program saw on its way. */
export interface Seen {
  userId: string;
  /** Who it was before the refresh, and after. */
  names: string[];
  /** Code and refused fields of what went wrong on purpose. */
  problems: { code: string; fields: string[] }[];
  allowed: boolean;
  /** Ids of an administrator's list of accounts. */
  listed: string[];
}
