import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiConsumes } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { malformed, unsupportedType } from './body-faults.js';

const FORM = 'application/x-www-form-urlencoded';

/** For the routes of RFCs that want it: the body may be a form as well, of which each field is text. */
export const AcceptsForm = () =>
  applyDecorators(RouteConfig({ acceptsForm: true }), ApiConsumes('application/json', FORM));

/**
 * Takes forms where a route says so, and nowhere else: a page of any site can make a browser send one without asking.
 * No name stands twice (RFC 6749, section 3.2).
 */
export function acceptForms(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(FORM, { parseAs: 'string' }, (request, body, done) => {
    if (!acceptsForm(request)) {
      done(unsupportedType());
      return;
    }
    const fields = new URLSearchParams(body as string);
    const names = new Set(fields.keys());
    if (names.size !== fields.size || names.has('__proto__')) done(malformed('A name in the form is not acceptable.'));
    else done(null, Object.fromEntries(fields));
  });
}

function acceptsForm({ routeOptions }: FastifyRequest): boolean {
  return (routeOptions.config as { acceptsForm?: boolean } | undefined)?.acceptsForm === true;
}
