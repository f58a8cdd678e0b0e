// Writes the table of values in the chart's README from the comments of values.yaml that begin with `# --`.
// Usage: node .ci/chart/readme.mjs [--check]; with --check nothing is written, and it fails when the README is not up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';

const file = (name) => fileURLToPath(new URL(`../../helm/identity/${name}`, import.meta.url));
const README = file('README.md');
const VALUES = file('values.yaml');
const BEGIN = '<!-- values: written by .ci/chart/readme.mjs -->';
const END = '<!-- end of values -->';

/** Keys of values.yaml in their order: path, the comment before it, and the heading it comes after. */
function* keysOf(text) {
  const path = [];
  let comment = [];
  let heading;
  for (const line of text.split('\n')) {
    const [, title] = /^# --- (.*) ---$/.exec(line) ?? [];
    const [, , begins, words] = /^( *)# (-- )?(.*)$/.exec(line) ?? [];
    const [, indent, key] = /^( *)([A-Za-z0-9_]+):/.exec(line) ?? [];
    if (title !== undefined) heading = title;
    else if (begins !== undefined) comment = [words];
    else if (words !== undefined && comment.length > 0) comment.push(words);
    else if (key !== undefined) {
      path.splice(indent.length / 2, Infinity, key);
      yield { path: [...path], comment: comment.join(' '), heading };
      heading = undefined;
      comment = [];
    }
  }
}

const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const cell = (text) => text.replaceAll('|', String.raw`\|`);

/** One row for each value that has a comment; values without one belong to the row before. */
function rowsOf(text) {
  const values = parse(text);
  const rows = [];
  for (const { path, comment, heading } of keysOf(text)) {
    const value = path.reduce((inner, key) => inner[key], values);
    const name = path.join('.');
    if (heading !== undefined) rows.push({ heading });
    if (comment !== '') rows.push({ names: [name], value, comment, path });
    else if (!isMap(value)) {
      const before = rows.at(-1);
      if (before?.names === undefined) throw new Error(`${name}: has no comment in values.yaml`);
      before.names.push(name);
    }
  }
  return rows;
}

/** A row for several names them from the first to the last. */
const nameOf = (names) => [...new Set([names[0], names.at(-1)])].map((name) => `\`${name}\``).join(' to ');

function tableOf(rows) {
  const isParent = (row) =>
    rows.some(({ path }) => path && row.path.every((key, at) => path[at] === key) && path !== row.path);
  return rows
    .map((row) => {
      if (row.heading !== undefined) return `\n### ${row.heading}\n\n| value | default | |\n|---|---|---|`;
      const value = isParent(row) ? '' : `\`${cell(JSON.stringify(row.value))}\``;
      return `| ${nameOf(row.names)} | ${value} | ${cell(row.comment)} |`;
    })
    .join('\n');
}

const readme = readFileSync(README, 'utf8');
const [before, rest] = readme.split(BEGIN);
const [, after] = rest?.split(END) ?? [];
if (after === undefined) throw new Error(`README.md: has no ${BEGIN} … ${END}`);
const table = tableOf(rowsOf(readFileSync(VALUES, 'utf8')));
const options = { ...(await resolveConfig(README)), parser: 'markdown' };
const written = await format(`${before}${BEGIN}\n\n${table}\n\n${END}${after}`, options);
if (!process.argv.includes('--check')) writeFileSync(README, written);
else if (written !== readme) {
  console.error('helm/identity/README.md is not what values.yaml says: run node .ci/chart/readme.mjs');
  process.exitCode = 1;
}
