import type { Stage } from './stage.ts';

/** Has the service send SMS to a gateway of ours at this port. */
export async function configureSms(stage: Stage, port: number): Promise<void> {
  const settings = {
    kind: 'http',
    url: `http://127.0.0.1:${port}/`,
    fields: { to: '{{to}}', text: '{{text}}' },
    success: { path: 'code', equals: '00' },
  };
  await stage.identity('configuration', 'set', 'identity.sms.bench', JSON.stringify(settings));
}
