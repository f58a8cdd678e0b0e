// What Nest on Fastify costs by itself. Plain JavaScript: stripping types would make it start later than it can.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

class EmptyModule {}
Module({})(EmptyModule);

const app = await NestFactory.create(EmptyModule, new FastifyAdapter(), { logger: false });
app.getHttpAdapter().get('/', (_request, reply) => reply.send('ready'));
await app.listen(Number(process.argv[2]), '127.0.0.1');
process.on('disconnect', () => process.exit());
