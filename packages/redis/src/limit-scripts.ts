// How does Redis decide one call in one step, by its own clock? The limits of `offshoot/resilience`, in Lua.

/**
 * GCRA. A key holds when its quota is whole again as `ms:rest:max`, the rest in 1/max ms: whole
 * numbers, so nothing rounds. It lives until then. A clock that went back costs at most one window.
 * KEYS: the key. ARGV: windowMs, max. Answers { is allowed, remaining, wait ms }.
 */
export const SLIDING = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window, max = tonumber(ARGV[1]), tonumber(ARGV[2])
local room = now + window
local ms, rest = now, 0
local kept = redis.call('GET', KEYS[1])
if kept then
  local keptMs, keptRest, keptMax = string.match(kept, '^(%d+):(%d+):(%d+)$')
  keptMs, keptRest = tonumber(keptMs), tonumber(keptRest)
  if keptRest > 0 and tonumber(keptMax) ~= max then keptMs, keptRest = keptMs + 1, 0 end
  if keptMs > room then keptMs, keptRest = room, 0 end
  if keptMs >= now then ms, rest = keptMs, keptRest end
end
ms = ms + math.floor(window / max)
rest = rest + window % max
if rest >= max then ms, rest = ms + 1, rest - max end
if ms > room or (ms == room and rest > 0) then
  return { 0, 0, math.ceil(ms - room + rest / max) }
end
local whole = math.ceil(ms - now + rest / max)
redis.call('SET', KEYS[1], string.format('%.0f:%.0f:%.0f', ms, rest, max), 'PX', whole)
return { 1, math.floor(((room - ms) * max - rest) / window), whole }
`;

/**
 * A counter that ends with its window, which began with its first call. KEYS: the key. ARGV:
 * windowMs, max. Answers { is allowed, remaining, wait ms }.
 */
export const FIXED = `
local window, max = tonumber(ARGV[1]), tonumber(ARGV[2])
local count, left = 0, redis.call('PTTL', KEYS[1])
if left > 0 then count = tonumber(redis.call('GET', KEYS[1])) else left = window end
if count >= max then return { 0, 0, left } end
if count == 0 then redis.call('SET', KEYS[1], 1, 'PX', window) else redis.call('INCR', KEYS[1]) end
return { 1, max - count - 1, left }
`;

/**
 * Who counts here: each by the time it was last heard of. KEYS: the list. ARGV: who, how long one is
 * believed in ms. Answers how many there are.
 */
export const ANNOUNCE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
`;
