import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import type { DomainError } from '@platform/kernel';
import { malformed, unsupportedType } from './body-faults.js';

/** Deeper than any schema of ours; deep enough nesting would exhaust the stack of whatever walks the body. */
const MAX_DEPTH = 32;
/** Names that reach an object's prototype in code that copies members carelessly; the framework would drop them silently. */
const PROTOTYPE_NAMES = new Set(['__proto__', 'constructor', 'prototype']);
/** The parameters of a content type, well-formed (RFC 9110, section 5.6.6). */
const PARAMETERS = /^[^;]+(?:;\s*[\w!#$%&'*+.^`|~-]+=(?:"[^"\\]*"|[\w!#$%&'*+.^`|~-]+)\s*)*;?$/;
const CHARSETS = /;\s*charset="?([^";\s]*)/gi;
/** Stands for a body of no bytes that is called JSON, which it is not. */
export const EMPTY_BODY = Symbol('empty body');
const BACKSLASH = 92;
const COLON = 58;
const SPACE = 32;

/**
 * Accepts `application/json` in UTF-8 (RFC 8259, section 8.1) and nothing else: no prototype names, no name twice in one
 * object (two readers of such a body could see two different requests), at most 32 levels. Many clients name the type
 * with every request: an empty body is `EMPTY_BODY`, which routes that take none do not look at and others refuse.
 */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) {
      done(null, EMPTY_BODY);
      return;
    }
    if (!isUtf8Type(request.headers['content-type'] ?? '')) {
      done(unsupportedType());
      return;
    }
    if (!isUtf8(body as Buffer)) {
      done(malformed('The body is not valid UTF-8.'));
      return;
    }
    const text = body.toString('utf8');
    parse.call(fastify, request, text, (error, value) => {
      const fault = error ?? findFault(text, value);
      if (fault) done(fault);
      else done(null, value);
    });
  });
}

/** Without a charset it is UTF-8; a body that says to be something else is not read as what it is not. */
function isUtf8Type(type: string): boolean {
  if (type === 'application/json') return true;
  return PARAMETERS.test(type) && [...type.matchAll(CHARSETS)].every(([, charset]) => /^utf-?8$/i.test(charset ?? ''));
}

function findFault(text: string, value: unknown): DomainError | undefined {
  const shape = measure(value);
  if (shape === 'too-deep') return malformed(`The body is nested deeper than ${MAX_DEPTH} levels.`);
  if (shape === 'prototype-name') return malformed('A name in the body is one that no field can have.');
  if (countNames(text) === shape.names) return undefined;
  return malformed('A name stands twice in one object of the body.');
}

/** How many strings of a well-formed JSON text are members' names: those before a colon. */
function countNames(text: string): number {
  let names = 0;
  for (let open = text.indexOf('"'); open >= 0;) {
    const close = endOfString(text, open);
    let next = close + 1;
    while (text.charCodeAt(next) <= SPACE) next += 1;
    if (text.charCodeAt(next) === COLON) names += 1;
    open = text.indexOf('"', next);
  }
  return names;
}

/** Where the string that begins at `open` ends: at the first quote after an even number of backslashes. */
function endOfString(text: string, open: number): number {
  for (let quote = text.indexOf('"', open + 1); ; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote;
  }
}

function measure(value: unknown): { names: number } | 'too-deep' | 'prototype-name' {
  let names = 0;
  const open: { value: unknown; depth: number }[] = [{ value, depth: 1 }];
  for (let next = open.pop(); next; next = open.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth > MAX_DEPTH) return 'too-deep';
    if (!Array.isArray(next.value)) {
      const own = Object.keys(next.value);
      if (own.some((name) => PROTOTYPE_NAMES.has(name))) return 'prototype-name';
      names += own.length;
    }
    for (const member of Object.values(next.value)) open.push({ value: member, depth: next.depth + 1 });
  }
  return { names };
}
