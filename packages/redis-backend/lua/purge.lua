-- purge: throws all dead letters away.
--
-- ARGV  attempt  how long it is remembered how many there were (ms)
-- reply how many. Asked again with the same attempt, because its reply was lost, it answers as it did.

local purged = P .. 'purged:' .. take()
local known = redis.call('GET', purged)
if known then return tonumber(known) end
local count = redis.call('HLEN', DEAD)
redis.call('UNLINK', DEAD)
redis.call('SET', purged, count, 'PX', take())
return count
