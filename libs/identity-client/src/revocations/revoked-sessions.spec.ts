import { describe, expect, it } from 'vitest';
import { RevokedSessions } from './revoked-sessions.js';

const START = Date.parse('2026-11-24T10:00:00Z');
const WINDOW = 960;
const SKEW_MS = 120_000;
const session = (sessionId: string, endedAt = START) => ({
  sessionId,
  userId: '7',
  reason: 'sign-out',
  endedAt: new Date(endedAt),
});

describe('ended sessions', () => {
  it('are held for the window and the skew of clocks, not longer', () => {
    const sessions = new RevokedSessions(10);
    expect(sessions.add(session('1'), WINDOW, START)).toBe(true);
    const end = START + WINDOW * 1000 + SKEW_MS;
    expect([sessions.has('1', end - 1), sessions.has('1', end), sessions.has('2', START)]).toEqual([
      true,
      false,
      false,
    ]);
    sessions.add(session('2', end), WINDOW, end);
    expect(sessions.size).toBe(1);
  });

  it('that are told of again are no news, and those that are long over are none', () => {
    const sessions = new RevokedSessions(10);
    sessions.add(session('1'), WINDOW, START);
    expect(sessions.add(session('1', START + 1), WINDOW, START)).toBe(false);
    expect(sessions.add(session('2', START - WINDOW * 1000 - SKEW_MS), WINDOW, START)).toBe(false);
    expect(sessions.size).toBe(1);
  });

  it('take no more room than they may: the oldest go', () => {
    const sessions = new RevokedSessions(3);
    for (const id of ['1', '2', '3', '4']) sessions.add(session(id), WINDOW, START);
    expect(['1', '2', '3', '4'].map((id) => sessions.has(id, START))).toEqual([false, true, true, true]);
    expect(sessions.dropped).toBe(1);
  });
});
