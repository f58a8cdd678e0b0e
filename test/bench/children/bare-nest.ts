import 'reflect-metadata';
import { Body, Controller, Get, HttpCode, Module, Post, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { answerParent } from './answer-parent.ts';
import type { RouteOrder } from './bare-fastify.ts';

/** Nest on Fastify with one route that sends the same bytes as ours, without guard, pipe, hook or log. */
answerParent(async ({ port, method = 'GET', path, headers, body }: RouteOrder) => {
  class BareController {
    get(reply: FastifyReply) {
      void reply.headers(headers).send(body);
    }

    post(_posted: unknown) {
      return JSON.parse(body) as unknown;
    }
  }
  // Node takes types out of a file, and does not know decorators: they are called here.
  const name = method === 'GET' ? 'get' : 'post';
  const { prototype } = BareController;
  const handler = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
  (method === 'GET' ? Get(path) : Post(path))(prototype, name, handler);
  if (method === 'POST') HttpCode(200)(prototype, name, handler);
  (method === 'GET' ? Res() : Body())(prototype, name, 0);
  Controller()(BareController);
  class BareModule {}
  Module({ controllers: [BareController] })(BareModule);
  const app = await NestFactory.create(BareModule, new FastifyAdapter(), { logger: false });
  await app.listen(port, '127.0.0.1');
});
