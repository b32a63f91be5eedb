-- exhume: takes a letter out.
--
-- ARGV  id  attempt  how long it is remembered who took it (ms)
-- reply the letter, or nothing. Asked again with the same attempt, because its reply was lost, it answers as it did.

local id, attempt, ttl = take(), take(), take()
local taken = P .. 'exhumed:' .. attempt
local letter = redis.call('HGET', DEAD, id)
if not letter then return redis.call('GET', taken) or '' end
redis.call('HDEL', DEAD, id)
redis.call('SET', taken, letter, 'PX', ttl)
return letter
