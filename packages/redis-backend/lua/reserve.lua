-- reserve: takes the next turn of a name, of which there is one every so often.
--
-- ARGV  name  attempt  interval (ms)
-- reply when the turn is. Asked again with the same attempt, because its reply was lost, it answers as it did.

local name, attempt, interval = take(), take(), takeNumber()
local rate, asked = key('rate', name), key('turn', attempt)
local known = redis.call('GET', asked)
if known then return known end
local now = milliseconds()
local turn = math.max(now, tonumber(redis.call('GET', rate) or 0))
local wait = turn + interval - now
redis.call('SET', rate, string.format('%.3f', turn + interval), 'PX', math.ceil(wait))
redis.call('SET', asked, string.format('%.3f', turn), 'PX', 60000)
return string.format('%.3f', turn)
