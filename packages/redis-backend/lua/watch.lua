-- watch: from now on somebody hears of a run, so its changes are told.
--
-- ARGV  run
-- reply nothing

local key = runKey(take())
if redis.call('EXISTS', key) == 1 then redis.call('HSET', key, 'watched', '1') end
return ''
