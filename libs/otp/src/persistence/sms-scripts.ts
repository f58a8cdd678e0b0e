/**
 * KEYS of each: the unverified codes by country, prefix and network (sorted sets of tickets by the time they were
 * admitted), then the verified ones by the same (hashes of counts by bucket of time). A ticket is `VN:<id>`. One that is
 * taken out twice is gone once, so the counts cannot run below what is there.
 */

const WINDOWS = `
local DAY, HOUR = 86400000, 3600000
local now, ticket, country = tonumber(ARGV[1]), ARGV[2], ARGV[3]
`;

/**
 * ARGV now, ticket, country, ratio, hourly divisor, maximum of countries, then for each dimension its name, daily floor,
 * hourly floor, bucket in ms, number of buckets, `max` or `sum` → {reason, milliseconds} when denied, else nothing.
 * Nothing is counted when anything denies: what was not sent costs nothing.
 */
export const ADMIT = `${WINDOWS}
local reason, wait = nil, 0
local function deny(why, ms)
  ms = math.max(1, math.ceil(ms))
  if ms > wait then reason, wait = why, ms end
end

local function verified(key, size, kept, of)
  local newest, total = math.floor(now / size), 0
  local fields = redis.call('HGETALL', key)
  for at = 1, #fields, 2 do
    local bucket, count = tonumber(fields[at]), tonumber(fields[at + 1])
    if bucket and newest - bucket < kept then total = of == 'max' and math.max(total, count) or total + count end
  end
  return total
end

-- Denied until so many have left the window that one more fits in.
local function within(key, window, allowed, why)
  local from = '(' .. string.format('%d', now - window)
  local count = redis.call('ZCOUNT', key, from, '+inf')
  if count < allowed then return end
  local leaves = redis.call('ZRANGEBYSCORE', key, from, '+inf', 'WITHSCORES', 'LIMIT', count - allowed, 1)
  deny(why, tonumber(leaves[2]) + window - now)
end

for dimension = 1, 3 do
  local at = 7 + (dimension - 1) * 6
  local name, size, kept = ARGV[at], tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local daily = tonumber(ARGV[4]) * verified(KEYS[dimension + 3], size, kept, ARGV[at + 5])
  daily = math.max(tonumber(ARGV[at + 1]), math.floor(daily))
  local hourly = math.max(tonumber(ARGV[at + 2]), math.floor(daily / tonumber(ARGV[5])))
  within(KEYS[dimension], DAY, daily, name .. '_daily')
  within(KEYS[dimension], HOUR, hourly, name .. '_hourly')
end

local function hasVerified(code)
  local at = redis.call('HGET', KEYS[6], 'country:' .. code)
  return at and tonumber(at) > now - DAY
end
local seen, countries, oldest = {}, 0, nil
local function visit(code, at)
  if seen[code] or hasVerified(code) then return end
  seen[code], countries = true, countries + 1
  oldest = oldest or at
end
local tickets = redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. string.format('%d', now - DAY), '+inf', 'WITHSCORES')
for at = 1, #tickets, 2 do visit(string.sub(tickets[at], 1, 2), tonumber(tickets[at + 1])) end
visit(country, now)
if countries > tonumber(ARGV[6]) then deny('network_countries', oldest + DAY - now) end

if reason then return {reason, wait} end
for dimension = 1, 3 do
  redis.call('ZREMRANGEBYSCORE', KEYS[dimension], '-inf', now - DAY)
  redis.call('ZADD', KEYS[dimension], now, ticket)
  redis.call('PEXPIRE', KEYS[dimension], DAY)
end
return nil
`;

/** ARGV ticket. */
export const GIVE_BACK = `
for dimension = 1, 3 do redis.call('ZREM', KEYS[dimension], ARGV[1]) end
return nil
`;

/** ARGV now, ticket, country, then bucket in ms and number of buckets for each dimension. */
export const SETTLE = `${WINDOWS}
for dimension = 1, 3 do
  redis.call('ZREM', KEYS[dimension], ticket)
  local key = KEYS[dimension + 3]
  local size, kept = tonumber(ARGV[2 + dimension * 2]), tonumber(ARGV[3 + dimension * 2])
  local newest = math.floor(now / size)
  for _, field in ipairs(redis.call('HKEYS', key)) do
    local bucket = tonumber(field)
    if bucket and newest - bucket >= kept then redis.call('HDEL', key, field) end
  end
  redis.call('HINCRBY', key, string.format('%d', newest), 1)
  redis.call('PEXPIRE', key, size * kept)
end
redis.call('HSET', KEYS[6], 'country:' .. country, string.format('%d', now))
return nil
`;
