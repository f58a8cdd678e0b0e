/**
 * Everything about one code is decided in one script. KEYS of each: code, attempts, lock, cooldown, quota of one slot.
 *
 * - code: a hash of MACs under the pepper that `pepper` names; expires with the code
 * - attempts: wrong guesses, across challenges; expires a lock's length after the last one
 * - lock: while it exists nothing is sent and nothing compared
 * - cooldown: the challenge MAC of the code that was just sent
 * - quota: codes since the first one, 24 hours long
 */

const DAY_MS = 86_400_000;

/** Milliseconds a key still lasts, nothing when there is none. One without an end, set by hand, lasts `otherwise`. */
const REMAINING = `
local function remaining(key, otherwise)
  local left = redis.call('PTTL', key)
  if left == -2 then return nil end
  if left == -1 then return tonumber(otherwise) end
  return math.max(1, left)
end
`;

/** ARGV lock in ms, quota → {reason, milliseconds} or nothing. */
const REFUSAL = `${REMAINING}
local function refusal()
  local locked = remaining(KEYS[3], ARGV[1])
  if locked then return {'locked', locked} end
  local cooling = remaining(KEYS[4], 1000)
  if cooling then return {'cooldown', cooling} end
  if tonumber(redis.call('GET', KEYS[5]) or 0) >= tonumber(ARGV[2]) then
    return {'quota', remaining(KEYS[5], ${DAY_MS})}
  end
  return nil
end
`;

/** ARGV as REFUSAL → {reason, milliseconds} or nothing. */
export const FIND_REFUSAL = `${REFUSAL}
return refusal()
`;

/** ARGV as REFUSAL, then cooldown in ms, lifetime in ms, challenge MAC, fields of the code's hash → as FIND_REFUSAL. */
export const ISSUE = `${REFUSAL}
local refused = refusal()
if refused then return refused end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'challenge', ARGV[5], unpack(ARGV, 6))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('SET', KEYS[4], ARGV[5], 'PX', ARGV[3])
if redis.call('INCR', KEYS[5]) == 1 then redis.call('PEXPIRE', KEYS[5], ${DAY_MS}) end
return nil
`;

/** ARGV challenge MAC. Takes back what ISSUE did for this challenge; of a newer one nothing but a place in the quota. */
export const WITHDRAW = `
if redis.call('HGET', KEYS[1], 'challenge') == ARGV[1] then redis.call('DEL', KEYS[1]) end
if redis.call('GET', KEYS[4]) == ARGV[1] then redis.call('DEL', KEYS[4]) end
if redis.call('EXISTS', KEYS[5]) == 1 and redis.call('DECR', KEYS[5]) <= 0 then redis.call('DEL', KEYS[5]) end
return nil
`;

/** What there is, for an operator; changes nothing → PTTL of code, lock, cooldown and quota, then attempts and codes sent. */
export const INSPECT = `
return {
  redis.call('PTTL', KEYS[1]), redis.call('PTTL', KEYS[3]), redis.call('PTTL', KEYS[4]), redis.call('PTTL', KEYS[5]),
  redis.call('GET', KEYS[2]), redis.call('GET', KEYS[5])
}
`;

/**
 * ARGV lock in ms, maximum of attempts, then pepper id, challenge MAC and code MAC under each live pepper →
 * {'verified', ticket of its SMS}, {'invalid'} or {'locked', milliseconds}.
 *
 * A guess at another challenge is not counted: with 128 secret bits missing it cannot be right, and counting it would let
 * anybody lock the owner out. One at the pending challenge is counted before it is compared, so that N guesses at once get
 * no more comparisons than N one after the other.
 */
export const VERIFY = `${REMAINING}
local function same(one, other)
  if #one ~= #other then return false end
  local difference = 0
  for at = 1, #one do difference = bit.bor(difference, bit.bxor(one:byte(at), other:byte(at))) end
  return difference == 0
end
local function lock()
  redis.call('SET', KEYS[3], '1', 'PX', ARGV[1])
  redis.call('DEL', KEYS[1], KEYS[2])
  -- Who is unlocked by hand shall not wait for the cooldown of a code that is gone.
  if redis.call('PTTL', KEYS[4]) <= tonumber(ARGV[1]) then redis.call('DEL', KEYS[4]) end
end

local locked = remaining(KEYS[3], ARGV[1])
if locked then return {'locked', locked} end
local pending = redis.call('HMGET', KEYS[1], 'pepper', 'challenge', 'code', 'sms')
local challenge, code
for at = 3, #ARGV, 3 do
  if ARGV[at] == pending[1] then challenge, code = ARGV[at + 1], ARGV[at + 2] end
end
if not challenge or not same(challenge, pending[2]) then return {'invalid'} end

local attempts = redis.call('INCR', KEYS[2])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
if attempts > tonumber(ARGV[2]) then -- the maximum was lowered meanwhile
  lock()
  return {'locked', tonumber(ARGV[1])}
end
if same(code, pending[3]) then
  redis.call('DEL', KEYS[1], KEYS[2])
  return {'verified', pending[4] or ''}
end
if attempts == tonumber(ARGV[2]) then lock() end
return {'invalid'}
`;
