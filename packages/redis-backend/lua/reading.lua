-- reading: somebody reads what happens.
--
-- ARGV  for how long, if he does not say so again (ms)
-- reply the id of what was written last

redis.call('SET', P .. 'readers', '1', 'PX', take())
local last = redis.call('XREVRANGE', P .. 'events', '+', '-', 'COUNT', 1)[1]
return last and last[1] or '0-0'
