-- present: who is there.
--
-- ARGV  name or ''  what is known of him or '' (he leaves)  for how long (ms)
-- reply { name, what is known of him, … } of all who are there

local name, about, forMs = take(), take(), takeNumber()
local at, now = P .. 'present', milliseconds()
if name ~= '' and about == '' then redis.call('HDEL', at, name) end
if about ~= '' then
  redis.call('HSET', at, name, string.format('%d', now + forMs) .. '\n' .. about)
  redis.call('PEXPIRE', at, math.max(forMs, redis.call('PTTL', at)))
end
local present = {}
local all = redis.call('HGETALL', at)
for i = 1, #all, 2 do
  local until_, text = string.match(all[i + 1], '^(%d+)\n(.*)$')
  if tonumber(until_ or 0) > now then
    present[#present + 1] = all[i]
    present[#present + 1] = text
  else
    redis.call('HDEL', at, all[i])
  end
end
return present
