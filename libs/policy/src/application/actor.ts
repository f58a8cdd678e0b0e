/** Who administers: a user over HTTP, bound by what he has himself, or the operator on the command line, who is not. */
export type Actor = { type: 'user'; id: string } | { type: 'operator'; id?: undefined };
