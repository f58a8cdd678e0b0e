/**
 * One script decides all about one code. KEYS are those of one identifier and namespace, in this order: code, attempts,
 * lock, cooldown, quota. In Cluster they share a hash tag.
 */

/**
 * ARGV pepper id, code MAC, challenge MAC, code's lifetime in ms, pause in ms, quota, quota's window in ms, now in ms
 * → [0, 0] when issued, else [which limit, milliseconds to wait].
 */
export const ISSUE = `
local locked = redis.call('PTTL', KEYS[3])
if locked ~= -2 then return {1, math.max(1, locked)} end
local cooling = redis.call('PTTL', KEYS[4])
if cooling ~= -2 then return {2, math.max(1, cooling)} end
if tonumber(redis.call('GET', KEYS[5]) or 0) >= tonumber(ARGV[6]) then
  return {3, math.max(1, redis.call('PTTL', KEYS[5]))}
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'pepper', ARGV[1], 'code', ARGV[2], 'challenge', ARGV[3], 'issued', ARGV[8])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('SET', KEYS[4], '1', 'PX', ARGV[5])
if redis.call('INCR', KEYS[5]) == 1 then redis.call('PEXPIRE', KEYS[5], ARGV[7]) end
return {0, 0}
`;

/** ARGV challenge MAC. Undoes the issue, if the code is still that one: else another request has come after it. */
export const WITHDRAW = `
if redis.call('HGET', KEYS[1], 'challenge') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[4])
if redis.call('DECR', KEYS[5]) <= 0 then redis.call('DEL', KEYS[5]) end
return 1
`;

/**
 * ARGV most wrong guesses, lock in ms, then for each live pepper its id, the code's MAC and the challenge's
 * → [0, 0] right, [1, 0] wrong, [2, milliseconds to wait] locked. A guess with another challenge than the pending one
 * is wrong and not counted: it cannot be right, and counting it would let strangers lock the owner out. MACs are
 * compared to their end, whatever the first difference is.
 */
export const GUESS = `
local locked = redis.call('PTTL', KEYS[3])
if locked ~= -2 then return {2, math.max(1, locked)} end
local kept = redis.call('HMGET', KEYS[1], 'pepper', 'code', 'challenge')
if not kept[1] then return {1, 0} end
local function same(a, b)
  if #a ~= #b then return false end
  local difference = 0
  for at = 1, #a do difference = bit.bor(difference, bit.bxor(string.byte(a, at), string.byte(b, at))) end
  return difference == 0
end
local candidate
for at = 3, #ARGV, 3 do
  if ARGV[at] == kept[1] and same(ARGV[at + 2], kept[3]) then candidate = ARGV[at + 1] end
end
if not candidate then return {1, 0} end
local attempts = redis.call('INCR', KEYS[2])
if attempts == 1 then redis.call('PEXPIRE', KEYS[2], ARGV[2]) end
if same(candidate, kept[2]) then
  redis.call('DEL', KEYS[1], KEYS[2])
  return {0, 0}
end
if attempts >= tonumber(ARGV[1]) then
  redis.call('SET', KEYS[3], '1', 'PX', ARGV[2])
  redis.call('DEL', KEYS[1], KEYS[2])
end
return {1, 0}
`;
