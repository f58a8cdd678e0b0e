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
/** Every string of a JSON text, with the colon after it when it is a member's name. */
const STRINGS = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/**
 * Accepts `application/json` in UTF-8 (RFC 8259, section 8.1) and nothing else: no prototype names, no name twice in one
 * object (two readers of such a body could see two different requests), at most 32 levels.
 */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
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
  let names = 0;
  for (const match of text.matchAll(STRINGS)) if (match[1]) names += 1;
  return names === shape.names ? undefined : malformed('A name stands twice in one object of the body.');
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
