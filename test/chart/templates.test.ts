import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHART } from './support/helm.js';
import { EVERYTHING } from './support/matrix.js';
import { from } from './support/renderings.js';

const files = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.\w+$/.test(file));
const TEMPLATES = files(join(CHART, 'templates'));
const TESTS = join(import.meta.dirname, 'templates');

/** What is described by its path in a test of `test/chart/templates`. */
const described = files(TESTS).flatMap((file) =>
  [...readFileSync(join(TESTS, file), 'utf8').matchAll(/^describe\('(?<template>[^']+\.\w+)'/gm)].map(
    ({ groups }) => groups?.['template'] ?? '',
  ),
);

describe('the templates of the chart', () => {
  it('each have a test of their own that says what they render, and when', () => {
    expect(described.toSorted()).toEqual(TEMPLATES.toSorted()); // prettier-ignore
  });

  it('all render where everything is switched on, but for those that another kind replaces', () => {
    // The plain policies and the other two ways in are what everything leaves out.
    const out = /^network\/\w+\.yaml$|http-route|routing\/ingress\.yaml/;
    const silent = TEMPLATES.filter((file) => file.endsWith('.yaml') && !out.test(file)).filter(
      (file) => from(file, {}, EVERYTHING).length === 0,
    );
    expect(silent).toEqual([]);
  });
});
