/**
 * Each script touches one key, so they run in a Cluster without hash tags. A lane is a hash: `n` attempts counted
 * (failed or under way), `l` those of them that are lost (failed), `w` a name for this window, `t` when the last attempt
 * began (seconds); it expires with the window, which starts at the first attempt, or with the lock. Locked means `l` has
 * reached the maximum.
 */

/** No attempt is under way for so long: its request has ended by then, whatever became of it. */
const ABANDONED_SECONDS = 30;

/**
 * KEYS lane; ARGV max, window in ms, a name for a new window → [1, name] when granted, [0, milliseconds to wait] when
 * locked, and [-1, milliseconds to wait] when only attempts under way stand in the way: one second will tell. When they
 * were abandoned (Redis froze and carried out what nobody waited for, a process was killed), they are none, and a new
 * window begins in which they can give nothing back.
 */
export const RESERVE = `
local state = redis.call('HMGET', KEYS[1], 'n', 'l', 'w', 't')
if tonumber(state[2] or 0) >= tonumber(ARGV[1]) then return {0, math.max(1, redis.call('PTTL', KEYS[1]))} end
local now = tonumber(redis.call('TIME')[1])
local count = tonumber(state[1] or 0)
if count >= tonumber(ARGV[1]) then
  if now - tonumber(state[4] or now) < ${ABANDONED_SECONDS} then return {-1, 1000} end
  count = tonumber(state[2] or 0)
  redis.call('HSET', KEYS[1], 'w', ARGV[3])
  state[3] = ARGV[3]
end
redis.call('HSET', KEYS[1], 'n', count + 1, 't', now)
if state[3] then return {1, state[3]} end
redis.call('HSET', KEYS[1], 'w', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {1, ARGV[3]}
`;

/**
 * KEYS lane; ARGV max, window in ms, lock in ms, window, a name for a new window. When the attempt's own window is over (expired, or
 * cleared by a success), the failure counts in the present one: else whoever starts many guesses just before would have
 * them for nothing. A new window needs a new name: under the old one the next late failure would seem counted already.
 */
export const FAIL = `
local window = redis.call('HGET', KEYS[1], 'w')
if window ~= ARGV[4] then redis.call('HINCRBY', KEYS[1], 'n', 1) end
if not window then
  redis.call('HSET', KEYS[1], 'w', ARGV[5])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
if redis.call('HINCRBY', KEYS[1], 'l', 1) == tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 0
`;

/** KEYS lane; ARGV window. Gives one attempt back, if its window is still the present one. */
export const RELEASE = `
if redis.call('HGET', KEYS[1], 'w') ~= ARGV[1] then return 0 end
if redis.call('HINCRBY', KEYS[1], 'n', -1) <= 0 then redis.call('DEL', KEYS[1]) end
return 0
`;
