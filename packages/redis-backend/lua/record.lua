-- record: writes down what has happened, if somebody reads it.
--
-- ARGV  how many are kept at most  for how long (ms)  how many events, the events
-- reply '1' if somebody reads

local most, ttl = take(), take()
if redis.call('EXISTS', P .. 'readers') == 0 then return '' end
local events = P .. 'events'
for _ = 1, takeNumber() do redis.call('XADD', events, 'MAXLEN', '~', most, '*', 'e', take()) end
redis.call('PEXPIRE', events, ttl)
return '1'
