import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mjml2html from 'mjml';
import * as prettier from 'prettier';

/** `npm run templates` writes what a test compares: MJML is a tool of development and does not go into the image. */
const FOLDER = join(import.meta.dirname, '../templates');
export const LAYOUTS_FILE = join(FOLDER, 'layouts.ts');
const NAMES = ['code', 'notice'];

/** The TypeScript that holds the compiled layouts. */
export async function compileLayouts(): Promise<string> {
  const entries = await Promise.all(NAMES.map(async (name) => [name, await compile(name)] as const));
  const source = `// Compiled from the .mjml files beside this one by \`npm run templates\`. Do not edit.

/** HTML of mails by layout, to be filled in by Handlebars: \`locale, heading, opening, lines, footer, code, brand\`. */
export const layouts = ${JSON.stringify(Object.fromEntries(entries))};
`;
  const options = await prettier.resolveConfig(LAYOUTS_FILE);
  return await prettier.format(source, { ...options, parser: 'typescript' });
}

async function compile(name: string): Promise<string> {
  const source = readFileSync(join(FOLDER, `${name}.mjml`), 'utf8');
  const { html, errors } = await mjml2html(source, { validationLevel: 'strict', keepComments: false });
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'));
  // Half of the bytes are indentation.
  return html
    .replaceAll(/>\s+</g, '><')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();
}

if (import.meta.main) writeFileSync(LAYOUTS_FILE, await compileLayouts());
