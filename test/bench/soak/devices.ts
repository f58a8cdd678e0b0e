/** So many subjects are asked about in turn: more than caches of an API hold, were they as small as a page. */
export const SUBJECTS = 5000;
const PERMISSION = 'devices.use';

/** The definitions about them, as `identity policies import` reads them. */
export function devicesFile(): string {
  const lines = Array.from({ length: SUBJECTS }, (_none, at) => `grant,Device,d${at},Permission,${PERMISSION},use`);
  return ['variant,subjectType,subjectId,targetType,targetName,action', ...lines].join('\n');
}

/** A check of one of them: it is allowed. */
export function checkOfDevice(at: number): object {
  return { subject: { type: 'Device', id: `d${at}` }, object: PERMISSION, action: 'use' };
}
