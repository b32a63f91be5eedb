-- scheduled: the first messages that wait until they are due.
--
-- ARGV  how many at most
-- reply { message, when it is due (ms), … }

local most = takeNumber()
local now = milliseconds()
promoteDue(now)
flushLines()
wakeSleepers(now)
local told = redis.call('ZRANGE', DELAYED, '(' .. string.format('%d', now), '+inf', 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
for i = 1, #told, 2 do told[i] = Delayed.messageOf(told[i]) end
return told
